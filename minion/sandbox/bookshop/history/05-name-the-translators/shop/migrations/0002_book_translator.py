from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="translator",
            field=models.CharField(blank=True, max_length=120, null=True),
        ),
    ]
