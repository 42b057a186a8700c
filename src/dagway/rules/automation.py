"""What materializes the assets of a project."""

from __future__ import annotations

from dagway.project.model import Key, Project


def reached_keys(project: Project) -> frozenset[Key]:
    """The assets that some schedule, sensor or condition materializes, stopped ones included.

    A sensor that evaluates conditions reaches none by itself. The outputs of a function that computes all of them at
    once are reached together.
    """
    conditioned = {asset.key for asset in project.assets if asset.automation}
    jobs = {key for job in project.jobs if job.conditioned for key in job.assets}
    scheduled = {key for schedule in project.schedules for key in schedule.targets}
    sensed = {key for sensor in project.sensors if not sensor.evaluates for key in sensor.assets}
    reached = conditioned | jobs | scheduled | sensed
    units = {asset.unit for asset in project.assets if asset.unit and asset.key in reached}
    return frozenset(reached | {asset.key for asset in project.assets if asset.unit in units})
