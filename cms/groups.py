"""Who may do what: one table, applied after each `migrate` and by `manage.py sync_rights`.

It gives each group exactly what the table says and takes nothing from other groups. The decision and its reasons:
docs/decisions/0003-foundation.md.
"""

from dataclasses import dataclass, field

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)
from wagtail_localize.models import Translation

from home.models import HomePage
from videos.models import VideoIndexPage

WRITE = ("add_page", "change_page")
PUBLISH = (*WRITE, "publish_page", "lock_page", "unlock_page")
# Wagtail keeps the rights to its libraries on its own models, whichever models stand in for them.
CHOOSE = ("wagtailimages.choose_image", "wagtaildocs.choose_document")
PICTURES = (
    *CHOOSE,
    "wagtailimages.add_image",
    "wagtailimages.change_image",
    "wagtaildocs.add_document",
    "wagtaildocs.change_document",
)
MEDIA = ("wagtailmedia.add_media", "wagtailmedia.change_media")
VOCABULARY = tuple(
    f"home.{act}_{model}" for act in ("add", "change", "delete", "view") for model in ("topic", "usageterms")
) + tuple(f"search.{act}_synonyms" for act in ("add", "change", "delete", "view"))
DESK_OF_ACCOUNTS = (
    "accounts.view_mediaaccount",
    "accounts.change_mediaaccount",
    "accounts.view_usageentry",
    "accounts.view_undertaking",
)
# Subscribers are unsubscribed ("change") and erased ("delete") on request; nobody adds any, except by an import.
DESK_OF_NEWSLETTERS = (
    *(f"newsletter.{act}_edition" for act in ("add", "change", "delete", "view")),
    *(f"newsletter.{act}_newsletterlist" for act in ("add", "change", "view")),
    *(f"newsletter.{act}_subscriber" for act in ("change", "delete", "view")),
    *(f"newsletter.{act}_import" for act in ("add", "view")),
    *(f"newsletter.{act}_contact" for act in ("change", "view")),
    *(f"newsletter.{act}_audience" for act in ("change", "view")),
    *(f"newsletter.{act}_consenttext" for act in ("add", "change", "delete", "view")),
)


@dataclass(frozen=True)
class Role:
    """What a group may do: in the admin, with the libraries, and below the home pages or the video sections."""

    name: str
    permissions: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    video_pages: tuple[str, ...] = field(default=())


ROLES = [
    Role(
        "Translators",
        permissions=("wagtail_localize.submit_translation", "home.change_topic", "home.view_topic"),
        collections=CHOOSE,
        pages=WRITE,
    ),
    Role(
        "Revisers",
        permissions=("wagtail_localize.submit_translation", "home.change_topic", "home.view_topic"),
        collections=CHOOSE,
        pages=(*WRITE, "lock_page", "unlock_page"),
    ),
    Role(
        "Editors",
        permissions=("wagtail_localize.submit_translation", "home.view_topic"),
        collections=(*PICTURES, *MEDIA),
        pages=WRITE,
    ),
    Role(
        "Senior editors",
        permissions=(
            "wagtail_localize.submit_translation",
            *VOCABULARY,
            "home.publish_topic",
            "home.change_sitetexts",
            "home.view_sitetexts",
            *DESK_OF_ACCOUNTS,
            "accounts.add_undertaking",
            "accounts.change_undertaking",
            "accounts.change_accountsettings",
        ),
        collections=(*PICTURES, *MEDIA, "wagtailimages.delete_image", "wagtaildocs.delete_document"),
        pages=(*PUBLISH, "bulk_delete_page"),
    ),
    Role(
        "Media desk",
        permissions=("wagtail_localize.submit_translation", "home.view_topic", *DESK_OF_ACCOUNTS),
        collections=(*PICTURES, *MEDIA, "wagtailmedia.delete_media"),
        video_pages=PUBLISH,
    ),
    Role("Newsletter", permissions=("home.view_topic", *DESK_OF_NEWSLETTERS)),
]
WORKFLOW = "Editorial approval"


def apply_rights() -> None:
    """Make the groups, their rights and the approval workflow as this file says."""
    _submit_translation()
    for role in ROLES:
        _apply(role)
    _approval(Group.objects.get(name="Senior editors"))
    _retire_wagtails_own()


def _apply(role: Role) -> None:
    group, _made = Group.objects.get_or_create(name=role.name)
    group.permissions.set([permission("wagtailadmin.access_admin"), *map(permission, role.permissions)])
    root = Collection.get_first_root_node()
    wanted = {permission(name).pk for name in role.collections}
    GroupCollectionPermission.objects.filter(group=group, collection=root).exclude(permission_id__in=wanted).delete()
    for pk in wanted:
        GroupCollectionPermission.objects.get_or_create(group=group, collection=root, permission_id=pk)
    _apply_pages(group, HomePage, role.pages)
    _apply_pages(group, VideoIndexPage, role.video_pages)


def _apply_pages(group: Group, model: type[Page], names: tuple[str, ...]) -> None:
    """Rights on each language's tree, from its pages of this class down; none on the root above the trees."""
    GroupPagePermission.objects.filter(group=group, page__depth=1).delete()
    wanted = {permission(f"wagtailcore.{name}").pk for name in names}
    for page in model.objects.all():
        GroupPagePermission.objects.filter(group=group, page=page).exclude(permission_id__in=wanted).delete()
        for pk in wanted:
            GroupPagePermission.objects.get_or_create(group=group, page=page, permission_id=pk)


def permission(name: str) -> Permission:
    """`app.codename` → the permission. Raises Permission.DoesNotExist: a misspelt right must not pass in silence."""
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def _submit_translation() -> None:
    """wagtail-localize makes this right in a migration only, so an emptied database lacks it."""
    Permission.objects.get_or_create(
        content_type=ContentType.objects.get_for_model(Translation),
        codename="submit_translation",
        defaults={"name": "Can submit translations"},
    )


def _approval(approvers: Group) -> None:
    """One workflow for both languages' trees, approved by those who may publish."""
    workflow, _made = Workflow.objects.get_or_create(name=WORKFLOW)
    if not workflow.workflow_tasks.exists():
        task, _made = GroupApprovalTask.objects.get_or_create(name="Approval by a senior editor")
        task.groups.add(approvers)
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    for home in HomePage.objects.all():
        WorkflowPage.objects.get_or_create(page=home, defaults={"workflow": workflow})


def _retire_wagtails_own() -> None:
    """Wagtail's first migrations make groups and a workflow that no newsroom role stands for."""
    Group.objects.filter(name="Moderators", user__isnull=True).delete()
    Workflow.objects.filter(name="Moderators approval", workflow_states__isnull=True).update(active=False)
