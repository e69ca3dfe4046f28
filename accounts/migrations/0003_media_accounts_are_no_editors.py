from django.db import migrations, models


def fill(apps, schema_editor):
    """Media accounts of before had nothing but an address."""
    user_model = apps.get_model("accounts", "User")
    account_model = apps.get_model("accounts", "MediaAccount")
    user_model.objects.exclude(media_email=None).update(is_media=True, email="", is_staff=False, is_superuser=False)
    for user in user_model.objects.filter(is_media=True):
        name = f"{user.first_name} {user.last_name}".strip() or user.media_email
        account_model.objects.create(
            user=user, name=name[:120], organisation="—", country="BE", kind="other", approved_at=user.date_joined
        )
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0002_media_accounts"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_media', False), ('media_email', None)), models.Q(('email', ''), ('is_media', True), ('is_staff', False), ('is_superuser', False)), _connector='OR'), name='media_account_is_no_editor'),
        ),
    ]
