"""All cases."""

from __future__ import annotations

from trial_cases import Case
from trial_cases_alter import ALTERS
from trial_cases_fields import FIELDS
from trial_cases_indexes import CONSTRAINTS, INDEXES
from trial_cases_mixed import MIXED
from trial_cases_models import MODELS
from trial_cases_sql import SQL

CASES: list[Case] = [*MODELS, *FIELDS, *INDEXES, *CONSTRAINTS, *ALTERS, *MIXED, *SQL]
