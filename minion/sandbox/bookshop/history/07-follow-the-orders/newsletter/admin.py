from django.contrib import admin

from newsletter.models import Letter, Subscriber

admin.site.register([Letter, Subscriber])
