"""Fivetran, Segment, dbt and Hightouch in one project."""
