"""Asset checks: what they ask in SQL (`sql`), and what Dagster is told (`run`)."""
