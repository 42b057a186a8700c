"""How a component's assets become Dagster's: what it knows of one, and the hooks that change it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import dagster as dg
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver

from dagway.components.asset_spec import Key, asset_spec
from dagway.components.attributes import Attributes

T = TypeVar("T")
A_co = TypeVar("A_co", bound=Attributes, covariant=True)


@dataclass(frozen=True)
class AssetProps(Generic[A_co]):
    """What a component knows of one of its assets.

    Attributes:
        key: the segments of the key that the component would give it.
        attributes: what the YAML says of it.
        kinds: what it is made of; kinds that the YAML names come first.
        deps: the keys of what it is built from.
    """

    key: Key
    attributes: A_co
    kinds: Sequence[str] = ()
    deps: Sequence[Key] = ()


class TranslationResolver(TranslationFnResolver[T]):
    """Dagster's resolver, with a description.

    Args:
        known: what templates may use, each taken from what is known of an asset.
    """

    def __init__(self, **known: Callable[[T], Any]) -> None:
        super().__init__(lambda asset: {name: take(asset) for name, take in known.items()})
        names = " and ".join(f"`{name}`" for name in known)
        self.description = (
            f"Attributes for all assets; templates may use `spec` and {names}, what is known of each."
        )


def itself(known: T) -> T:
    """All that is known of an asset."""
    return known


Translation = Annotated[
    TranslationFn[AssetProps[Attributes]] | None, TranslationResolver[AssetProps[Attributes]](props=itself)
]


@dataclass(kw_only=True)
class Translated:
    """What every component carries that builds assets: its keys and attributes can be changed for all of them at once.

    In YAML by `translation`, where `spec` and `props` may be used in templates; in a subclass by `get_asset_spec`.
    """

    translation: Translation = None

    def get_asset_spec(self, props: AssetProps[Any]) -> dg.AssetSpec:
        """The asset as Dagster sees it; a table's key says where it stands in the warehouse. Made to be overridden."""
        return asset_spec(props.key, props.attributes, kinds=props.kinds, deps=props.deps)

    def spec(self, props: AssetProps[Any]) -> dg.AssetSpec:
        """The asset after both hooks."""
        own = self.get_asset_spec(props)
        return self.translation(own, props) if self.translation else own
