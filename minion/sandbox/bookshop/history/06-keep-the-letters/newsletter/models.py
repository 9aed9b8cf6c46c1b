from django.db import models

# No foreign keys to the other apps: --run-syncdb makes these tables before
# the migrations have made theirs.


class Subscriber(models.Model):
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(unique=True)
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.email


class Letter(models.Model):
    subject = models.CharField(max_length=200)
    body = models.TextField()
    sent_at = models.DateTimeField(blank=True, null=True)

    class Meta:
        ordering = ["-sent_at", "-pk"]

    def __str__(self):
        return self.subject
