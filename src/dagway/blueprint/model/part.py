"""What every mapping of the blueprint is: frozen, and strict about its keys, or open to an integration's settings."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from dagway.blueprint.scalar import plain


class Part(BaseModel):
    """A mapping of the blueprint: unknown keys are mistakes, values do not change.

    A number is accepted where text is wanted, as it was written.

    Attributes:
        noun: what messages call it; by its class if empty.
    """

    noun: ClassVar[str] = ""
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, defer_build=True)


class Open(BaseModel):
    """A mapping that also carries the integration's own settings."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True, defer_build=True)

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that the language does not name: they belong to the integration."""
        return {name: plain(value) for name, value in (self.__pydantic_extra__ or {}).items()}


T = TypeVar("T")
NonEmpty = Annotated[T, Field(min_length=1)]
