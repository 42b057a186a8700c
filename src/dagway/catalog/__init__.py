"""What exists to connect to, and which component serves it: data in the package, and look-up only."""

from dagway.catalog.load import alternatives, catalog
from dagway.catalog.lookup import Catalog
from dagway.catalog.model import ROLES, Integration, Role, Tested

__all__ = ["ROLES", "Catalog", "Integration", "Role", "Tested", "alternatives", "catalog"]
