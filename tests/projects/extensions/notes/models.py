from django.contrib.postgres.indexes import GinIndex
from django.db import models


class CIEmailField(models.EmailField):
    """An address that is the same whether in upper or lower case."""

    def db_type(self, connection):
        return "citext"


class Note(models.Model):
    text = models.CharField(max_length=200)
    author = CIEmailField(null=True)

    class Meta:
        indexes = [GinIndex(fields=["text"], name="note_text_trigrams", opclasses=["gin_trgm_ops"])]
