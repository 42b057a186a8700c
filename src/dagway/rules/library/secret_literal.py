from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.python import PythonFile, keyword
from dagway.rules.source.secrets import (
    address_password,
    has_shape,
    is_of_this_machine,
    is_secret_name,
    is_secret_value,
    may_have_shape,
    paired_secret,
)
from dagway.rules.source.text import TextFile
from dagway.rules.source.yaml import YamlFile

SHORTEST = 4
SHAPED = "a secret"
IN_PYTHON = (
    'Read it from the environment, as a resource\'s field: dg.EnvVar("NAME"), and revoke the one written here'
)
IN_YAML = "Write \"{{ env('NAME') }}\" (in dbt profiles env_var, in dagster.yaml env:), and revoke the one written here"


@rule("secret-literal", severity="error", secret=True)
def check(file: TextFile) -> Iterable[Problem]:
    """A password, token or key is written in the project.

    What
        A text in Python or in a component's, dbt profile's or Dagster instance's YAML that has the shape of a secret (a cloud
        key, a bot token, a private key), is the password inside an address or a connection string, or stands under a name
        such as `password`, `api_key` or `token`. Placeholders, references to a secret store, names of variables, columns,
        types and files, defaults of environment variables that are no address, an address on this machine whose password is
        the user's name, files that say by their name that they are for local development, and tests are left alone.

    Why
        Whoever can read the repository, its history or a copy of it can use the secret; it cannot be changed without a
        release, and differs in no environment.

    Broken
        import dagster as dg
        from dagster_snowflake import SnowflakeResource

        snowflake = SnowflakeResource(account="ab12345", user="loader", password="w1nter-is-c0ming")

    Right
        import dagster as dg
        from dagster_snowflake import SnowflakeResource

        snowflake = SnowflakeResource(account="ab12345", user="loader", password=dg.EnvVar("SNOWFLAKE_PASSWORD"))

    Source
        "Environment Separation: Use `ConfigurableResource` and `EnvVar` for configuration".
    """
    found: Iterable[Problem] = ()
    if isinstance(file, PythonFile):
        found = _python(file)
    elif isinstance(file, YamlFile):
        found = _yaml(file)
    local = is_of_this_machine(file.path)
    yield from (problem for problem in found if not local or problem.message.startswith(SHAPED))


def _python(file: PythonFile) -> Iterator[Problem]:
    shaped, addressed = may_have_shape(file.text), _may_be_addressed(file.text)
    for node in file.nodes(ast.Constant):
        if isinstance(node.value, str) and len(node.value) >= SHORTEST and not _is_documentation(file, node):
            what = _looks(node.value, shaped=shaped) if shaped or addressed else ""
            what = what or _named(file, node, node.value)
            if what:
                yield file.problem(node, f"{what} is written in the code", IN_PYTHON)


def _yaml(file: YamlFile) -> Iterator[Problem]:
    shaped, addressed = may_have_shape(file.text), _may_be_addressed(file.text)
    is_dagsters = file.is_component or file.is_profiles or file.is_instance
    if not (shaped or addressed or is_dagsters):
        return
    for path, node in file.scalars:
        what = _looks(node.value, shaped=shaped)
        if not what and is_dagsters and path and is_secret_name(path[-1]) and is_secret_value(node.value):
            what = f"the value of {path[-1]}"
        if what and "{{" not in node.value:
            yield file.problem(
                node, f"{what} is written in the file", IN_YAML, about=path[-1] if path else ""
            )


def _may_be_addressed(text: str) -> bool:
    """Whether an address or a connection string is in a file; most hold none, and no text of theirs is looked at for it."""
    return "://" in text or ";" in text


def _looks(value: str, *, shaped: bool) -> str:
    if shaped and has_shape(value):
        return SHAPED
    if "://" in value and address_password(value):
        return "the password in an address"
    return "the password in a connection string" if paired_secret(value) else ""


def _named(file: PythonFile, node: ast.Constant, value: str) -> str:
    name = _name(file, node)
    return f"the value of {name}" if name and is_secret_name(name) and is_secret_value(value) else ""


def _name(file: PythonFile, node: ast.Constant) -> str:
    """What the text is called where it stands: a keyword, a variable, a field, a parameter, a key of a mapping."""
    match file.index.parents.get(node):
        case ast.keyword(arg=str(name)):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case ast.Assign(targets=[ast.Attribute(attr=name)]):
            return name
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name)))]):
            return name
        case ast.arguments() as arguments:
            return _parameter(arguments, node)
        case ast.Dict(keys=keys, values=values) if node in values:
            key = keys[values.index(node)]
            return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
        case ast.Call() as call if file.resolve(call.func).endswith("Field"):
            return _field(file, call) if keyword(call, "default") is node or node in call.args[:1] else ""
        case _:
            return ""


def _parameter(arguments: ast.arguments, default: ast.Constant) -> str:
    positional = [*arguments.posonlyargs, *arguments.args]
    every = zip(
        [*positional[len(positional) - len(arguments.defaults) :], *arguments.kwonlyargs],
        [*arguments.defaults, *arguments.kw_defaults],
        strict=True,
    )
    return next((parameter.arg for parameter, value in every if value is default), "")


def _field(file: PythonFile, call: ast.Call) -> str:
    parent = file.index.parents.get(call)
    return (
        parent.target.id if isinstance(parent, ast.AnnAssign) and isinstance(parent.target, ast.Name) else ""
    )


def _is_documentation(file: PythonFile, node: ast.Constant) -> bool:
    """A docstring or other text that is thrown away."""
    return isinstance(file.index.parents.get(node), ast.Expr)
