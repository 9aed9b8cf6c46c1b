"""Public Django projects that were made for Heroku, each at one commit.

What stands here is from their own files: the config vars that README or app.json ask for, and
why one does not come up on Heroku either. Heroku's reasons are those of its Python buildpack
(heroku/heroku-buildpack-python, as of August 2026). Shapes for which nobody's project was to be
had have small ones in tests/projects; tests/sandbox/test_project_shapes.py takes them the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: Its fixtures are for tests or a command of its own, or it has no place for static files.
MIGRATED = "push+migrate"
KEY = "not-a-secret-but-long-enough-for-django-to-take-it-without-complaint"
#: What the READMEs of one school's many projects ask for.
STUDENT = {"SECRET_KEY": KEY, "CLOUDINARY_URL": "cloudinary://1:a@a"}


@dataclass(frozen=True)
class Project:
    """A public project at one commit.

    `options` is what its first deployment does, where that is not all that lies there.
    `refused` says why it does not come up on Heroku either, as it is and today; `lacks`
    what it needs besides and nobody has here.
    """

    repository: str
    commit: str
    config: dict[str, str] = field(default_factory=dict)
    path: str = "/"
    options: str = ""
    refused: str = ""
    lacks: str = ""


PROJECTS = (
    Project("heroku/python-getting-started", "f7c8d99"),
    Project("mdn/django-locallibrary-tutorial", "3dbedbe"),
    Project(
        "mozilla/network-pulse-api",
        "ed41d80",
        {"SECRET_KEY": KEY, "ALLOWED_HOSTS": "*", "SSL_PROTECTION": "False", "DEBUG": "False"},
        refused="asks for Python 3.9, whose end of life has come",
    ),
    Project(
        "HackSoftware/Django-Styleguide-Example",
        "a70ef43",
        {
            "SECRET_KEY": KEY,
            "DJANGO_SETTINGS_MODULE": "config.django.production",
            "ALLOWED_HOSTS": "*",
        },
        "/api/users/",
    ),
    Project(
        "SFDO-Tooling/MetaDeploy",
        "81f9097",
        {"DJANGO_SECRET_KEY": KEY},
        lacks="GitHub, from where a package is installed",
    ),
    Project(
        "HyphaApp/hypha",
        "ff57f8d",
        {"SECRET_KEY": KEY},
        refused="has a release phase that its own guide takes out for the first deployment",
    ),
    Project(
        "python/pythondotorg", "0a7e8d1", {"SECRET_KEY": KEY}, lacks="a Python 3.14 on this machine"
    ),
    Project("wagtail/bakerydemo", "8e2b625", {"DJANGO_SECRET_KEY": KEY}),
    Project(
        "wsvincent/lithium",
        "14c0374",
        refused="has no Procfile, and the files of two package managers",
    ),
    Project(
        "DjangoGirls/djangogirls",
        "7b660ed",
        {"SECRET_KEY": KEY},
        refused="has no Procfile: it is deployed as a container",
    ),
    Project(
        "DemocracyClub/EveryElection",
        "c42e0be",
        {"SECRET_KEY": KEY},
        refused="has no Procfile, and no .python-version beside its uv.lock",
    ),
    Project(
        "uktrade/data-hub-api",
        "eac18b9",
        {"DJANGO_SECRET_KEY": KEY},
        lacks="Redis and OpenSearch, which its web command asks first",
    ),
    Project(
        "turicas/brasil.io",
        "540e6a5",
        {"SECRET_KEY": KEY},
        lacks="GitHub, from where packages are installed",
    ),
    Project(
        "torchbox/rca-wagtail-2019",
        "5ab5cc2",
        {"SECRET_KEY": KEY},
        refused="is a container (heroku.yml) and has no Procfile",
    ),
    Project(
        "openstates/openstates.org",
        "0440270",
        {"SECRET_KEY": KEY},
        refused="asks for Python 3.9, whose end of life has come",
    ),
    Project(
        "datamade/bga-payroll",
        "b5adb15",
        {"DJANGO_SECRET_KEY": KEY},
        refused="has no Procfile: it is deployed as a container",
    ),
    Project(
        "datamade/just-spaces",
        "cc2b7d1",
        {"DJANGO_SECRET_KEY": KEY},
        refused="has no Procfile: it is deployed as a container",
    ),
    Project(
        "vitorfs/parsifal",
        "68c3ce3",
        {"SECRET_KEY": KEY},
        refused="has neither a Procfile nor a manifest that Heroku takes",
    ),
    Project(
        "vitorfs/bootcamp",
        "5f6d84c",
        {"DJANGO_SECRET_KEY": KEY},
        refused="asks for Python 3.6, whose end of life has come",
    ),
    Project(
        "justdjango/django-ecommerce",
        "260952e",
        {"SECRET_KEY": KEY},
        refused="has no Procfile, and pins that no Python of today takes",
    ),
    Project(
        "TwilioDevEd/appointment-reminders-django",
        "87733e9",
        {"SECRET_KEY": KEY},
        refused="asks for Python 3.4, whose end of life has come",
    ),
    Project(
        "codeforamerica/intake",
        "8755e64",
        refused="asks for Python 3.6, whose end of life has come",
    ),
    Project(
        "mozilla/donate-wagtail",
        "34cf101",
        {"DJANGO_SECRET_KEY": KEY},
        refused="asks for Python 3.7, whose end of life has come",
    ),
    Project(
        "ChrisCross1983/pp4-wildwatch",
        "c4d21e1",
        {"SECRET_KEY": KEY},
        refused="has a virtual environment committed",
    ),
    Project(
        "CodeConnoisseur74/pp4-dev-hub",
        "639bd97",
        {"SECRET_KEY": KEY},
        lacks="GitHub, from where a package is installed",
    ),
    Project(
        "DennisSchenkel/PP4-Cityfur",
        "74d8bae",
        STUDENT,
        lacks="the database elsewhere that its config vars DB_* name",
    ),
    Project("Vinsengi/VV-Kaffee-PP5", "982a09a", {"SECRET_KEY": KEY}),
    Project("arthur-vilela/PP4-mood-tracker", "fe216e4", {"SECRET_KEY": KEY}),
    Project("collinsevan/DigiStore-PP5", "6fbe583", {"SECRET_KEY": KEY}),
    Project("smtilson/pp4-playlist-manager", "12791d6", {"SECRET_KEY": KEY, "LOCAL": "False"}),
    Project(
        "simonw/simonwillisonblog", "3138a8b", lacks="GitHub, from where a package is installed"
    ),
    Project(
        "metrasynth/svaudio",
        "dc4df75",
        {"DJANGO_SECRET_KEY": KEY},
        refused="is locked to Python 3.10.4, and asks Heroku for none",
    ),
    Project(
        "Alexion24/django-telegram-bot",
        "f021a4a",
        {"DJANGO_SECRET_KEY": KEY},
        lacks="api.telegram.org, which it asks when it is imported",
    ),
    Project(
        "OpenHumans/open-humans",
        "6ef9bbc",
        {"SECRET_KEY": KEY},
        lacks="GitHub, from where packages are installed",
    ),
    Project("markh55/PP4-ecommerce", "974e277", {"SECRET_KEY": KEY}),
    Project(
        "gcrsaldanha/drf-api-heroku",
        "cbdd5ab",
        {"SECRET_KEY": KEY, "DJANGO_SETTINGS_MODULE": "tamarcado.settings.heroku"},
        "/api/",
    ),
    Project("encode/rest-framework-tutorial", "efce73a"),
    Project("chiefonboarding/ChiefOnboarding", "f4c2083", {"ALLOWED_HOSTS": "*"}, options=MIGRATED),
    Project(
        "WesternFriend/westernfriend.org",
        "811257d",
        {"DJANGO_SECRET_KEY": KEY},
        options=MIGRATED,
    ),
    Project(
        "creativecommons/legaldb",
        "b4201a1",
        {
            "DJANGO_SECRET_KEY": KEY,
            "DJANGO_DEBUG_ENABLED": "False",
            "DJANGO_SUPERUSER_EMAIL": "admin@example.com",
            "DJANGO_SUPERUSER_PASSWORD": KEY,
            "DJANGO_SUPERUSER_USERNAME": "admin",
        },
        refused="has a Pipfile.lock that is out of date to Heroku's Pipenv",
    ),
    Project("cardinalitypuzzles/cardboard", "bc904a5", {"DJANGO_SECRET_KEY": KEY}),
    Project(
        "PythonIreland/website",
        "6990b97",
        {
            "DJANGO_SECRET_KEY": KEY,
            "DJANGO_SETTINGS_MODULE": "pythonie.settings.production",
            "REDISCLOUD_URL": "redis://127.0.0.1:6379",
            "AWS_STORAGE_BUCKET_NAME": "none",
        },
    ),
    Project(
        "WeAllCode/website",
        "48b4073",
        {
            "CONTACT_EMAIL": "a@example.com",
            "DEFAULT_FROM_EMAIL": "a@example.com",
            "SECRET_KEY": KEY,
            "SENDGRID_API_KEY": "none",
            "SENDGRID_UNSUB_CLASSANNOUNCE": "1",
            "SLACK_WEBHOOK_URL": "https://example.com/",
        },
        options=MIGRATED,
    ),
    Project(
        "slyapustin/django-classified-demo",
        "48bd3b2",
        {"SECRET_KEY": KEY},
        refused="asks for Python 3.13 and for a package that imports distutils",
    ),
    Project("CI-Dominik/pp4-paw-pity", "cc32441", STUDENT),
    Project("hpcoloma/PP4-Tech-Tackles", "013fdb8", STUDENT),
    Project(
        "rockroman/CI_PP4-Knowledge-Flow",
        "c614830",
        STUDENT,
        lacks="Cloudinary, where its static files go",
    ),
    Project("ParedesGab/PP4-artistiClayers-workshops", "e954c15", STUDENT),
    Project(
        "ValerioS05/drf-api-head2head",
        "3bc09aa",
        {
            **STUDENT,
            "ALLOWED_HOST": "drf-api-head2head.herokuapp.com",
            "DISABLE_COLLECTSTATIC": "1",
        },
        options=MIGRATED,
    ),
    Project(
        "chicagopython/chipy.org",
        "88becd6",
        {
            "SECRET_KEY": KEY,
            "USE_S3": "False",
            "NORECAPTCHA_SITE_KEY": "none",
            "NORECAPTCHA_SECRET_KEY": "none",
        },
    ),
    Project(
        "reza-hashemian/To-Do-",
        "3402ebb",
        {
            "SECRET_KEY": KEY,
            "DJANGO_SETTINGS_MODULE": "config.django.production",
            "ALLOWED_HOSTS": "*",
        },
    ),
    Project("JDonnellyCodeInstitute/PP4-Gymbuktu", "8ba299e", STUDENT),
    Project(
        "Debakel/Dumpstermap",
        "1186f7e",
        {"SECRET_KEY": KEY},
        refused="has a Pipfile.lock that is out of date to Heroku's Pipenv",
    ),
    Project(
        "dandi/dandi-archive",
        "3e3c3c9",
        refused="its version comes from git, which a build on Heroku has not",
    ),
)
