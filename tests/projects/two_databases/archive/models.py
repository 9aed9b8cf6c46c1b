from django.db import models


class Page(models.Model):
    text = models.CharField(max_length=200)
