"""Field classes of widespread packages: what each is in the database, read in their sources.

Read in 2026: django-countries, django-phonenumber-field, cloudinary, django-model-utils,
django-extensions, django-mptt, django-parler, django-ckeditor, django-tinymce, djangocms-text,
sorl-thumbnail, easy-thumbnails, django-imagekit, django-resized, django-stdimage, django-fsm,
django-taggit, django-modelcluster, django-filer, django-cms, django-oscar, Wagtail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from minion.analyser.migrations.state.fieldclasses import FIELD_CLASSES, FieldClass

_STREAM = FieldClass("StreamField", "stream", ("block_types", "use_json_field", "block_lookup"))
#: The packages' classes by the class of Django's that each is a column of.
_AS_DJANGOS = {
    "TextField": (
        *("wagtail.fields.RichTextField", "wagtail.core.fields.RichTextField"),
        *("ckeditor.fields.RichTextField", "ckeditor_uploader.fields.RichTextUploadingField"),
        *("tinymce.models.HTMLField", "djangocms_text.fields.HTMLField"),
        *("djangocms_text_ckeditor.fields.HTMLField",),
    ),
    "DateTimeField": (
        *("model_utils.fields.AutoCreatedField", "model_utils.fields.AutoLastModifiedField"),
        *("django_extensions.db.fields.CreationDateTimeField",),
        *("django_extensions.db.fields.ModificationDateTimeField",),
    ),
    "ImageField": (
        *("wagtail.images.models.WagtailImageField", "sorl.thumbnail.fields.ImageField"),
        *("easy_thumbnails.fields.ThumbnailerImageField", "stdimage.models.StdImageField"),
        *("imagekit.models.fields.ProcessedImageField", "django_resized.forms.ResizedImageField"),
    ),
    "FileField": ("easy_thumbnails.fields.ThumbnailerField",),
    "ForeignKey": (
        *("modelcluster.fields.ParentalKey", "mptt.fields.TreeForeignKey"),
        *("parler.fields.TranslationsForeignKey", "filer.fields.file.FilerFileField"),
        *("filer.fields.image.FilerImageField", "filer.fields.folder.FilerFolderField"),
        *("cms.models.fields.PlaceholderField", "cms.models.fields.PageField"),
    ),
    "OneToOneField": ("mptt.fields.TreeOneToOneField",),
    "ManyToManyField": (
        *("modelcluster.fields.ParentalManyToManyField", "mptt.fields.TreeManyToManyField"),
        # A manager: the rows are those of `through`, or of a model of taggit's.
        *("taggit.managers.TaggableManager",),
        *("modelcluster.contrib.taggit.ClusterTaggableManager",),
    ),
    "SlugField": ("oscar.models.fields.slugfield.SlugField",),
}


def _all() -> Iterator[tuple[str, FieldClass]]:
    yield "wagtail.fields.StreamField", _STREAM
    yield "wagtail.core.fields.StreamField", _STREAM
    for name, paths in _AS_DJANGOS.items():
        for path in paths:
            yield path, FIELD_CLASSES[name]
    char = FIELD_CLASSES["CharField"]
    yield "phonenumber_field.modelfields.PhoneNumberField", replace(char, size=128)
    yield "django_countries.fields.CountryField", replace(char, size=2)
    yield "cloudinary.models.CloudinaryField", replace(char, size=255)
    yield "django_fsm.FSMField", replace(char, size=50)
    yield "oscar.models.fields.NullCharField", replace(char, always_null=True)


#: By import path.
PACKAGE_FIELDS: Mapping[str, FieldClass] = dict(_all())
