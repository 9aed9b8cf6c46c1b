from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shop", "0002_book_translator"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="status",
            field=models.CharField(
                choices=[("placed", "Placed"), ("packed", "Packed"), ("delivered", "Delivered")],
                default="placed",
                max_length=10,
            ),
        ),
    ]
