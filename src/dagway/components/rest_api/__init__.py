"""Tables of a REST API: the component, the pages it asks for, the API that stands in for it."""
