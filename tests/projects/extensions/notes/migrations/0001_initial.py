import django.contrib.postgres.indexes
from django.contrib.postgres.operations import CITextExtension, TrigramExtension
from django.db import migrations, models

import notes.models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        TrigramExtension(),
        CITextExtension(),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=200)),
                ("author", notes.models.CIEmailField(max_length=254, null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="note",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["text"], name="note_text_trigrams", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
