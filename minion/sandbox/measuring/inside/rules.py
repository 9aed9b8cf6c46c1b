"""What a model allows: its columns, which of them may be left out, which rows must differ."""

from django.db import models, router

from inside import values


def models_of(apps, connection, links=False):
    """The models with a table of their own that this database is to have.

    With `links`, those too that Django makes for many-to-many fields.
    """
    found = []
    for model in apps.get_models(include_auto_created=links):
        options = model._meta
        if options.proxy or options.swapped or options.abstract:
            continue
        if not router.allow_migrate_model(connection.alias, model):
            continue
        found.append(model)
    return sorted(found, key=lambda model: model._meta.label)


def columns_of(model):
    """The model's fields that have a column which the code writes, parents' included."""
    for field in model._meta.concrete_fields:
        if getattr(field, "generated", False):
            continue
        if field.column is not None:
            yield field


def has_default(field):
    """Whether Django has a value for it; ``default=None`` is none."""
    return field.has_default() and field.get_default() is not None


def may_be_left(field):
    """Whether the model lets the field out of an INSERT, or has a value for it."""
    missing = getattr(models, "NOT_PROVIDED", models.fields.NOT_PROVIDED)
    if has_default(field) or getattr(field, "db_default", missing) is not missing:
        return True
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return True
    return field.null or (field.blank and field.empty_strings_allowed)


def is_automatic(field):
    if isinstance(field, models.AutoField) or "AutoField" in field.get_internal_type():
        return True
    return field.primary_key and getattr(field.remote_field, "parent_link", False)


def _names_in(expression):
    """The names of the fields that an expression of a constraint is about."""
    pending = [expression]
    while pending:
        one = pending.pop()
        if isinstance(one, models.F):
            yield one.name
        elif hasattr(one, "get_source_expressions"):
            pending.extend(part for part in one.get_source_expressions() if part is not None)


def unique_sets(model):
    """The names of the fields of each rule that a row is the only one, of several fields."""
    options = model._meta
    sets = [tuple(names) for names in options.unique_together]
    for constraint in options.constraints:
        names = list(getattr(constraint, "fields", ()))
        for part in getattr(constraint, "expressions", ()):
            expression = part[0] if isinstance(part, (tuple, list)) else part
            names.extend([expression] if isinstance(expression, str) else _names_in(expression))
        if names:
            sets.append(tuple(names))
    return sets


def varied(model, preferred=None):
    """The names of the fields that must differ between two rows of the model.

    Where one of several must, it is `preferred` if that is among them.
    """
    found = {
        field.name for field in columns_of(model) if field.unique and not is_automatic(field)
    }
    for names in unique_sets(model):
        if preferred in names:
            found.add(preferred)
        elif not found.intersection(names):
            found.add(_most_free(model, names))
    found.discard(None)
    return found


def _most_free(model, names):
    """Of several fields the one that can hold most different values."""
    fields = {field.name: field for field in columns_of(model)}
    here = [fields[name] for name in names if name in fields]

    def has_few(field):
        return bool(values.choices_of(field)) or field.get_internal_type() == "BooleanField"

    # To another row as parent one can always refer.
    here.sort(key=lambda field: (has_few(field), field.is_relation))
    return here[0].name if here else None
