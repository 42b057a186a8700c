"""Feature flags of a Google Sheet: reading them, and the component that gates assets and schedules by them."""
