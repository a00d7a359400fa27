"""The tasks: what a job of each name does. A new one is a function here (see CONTRIBUTING.md)."""

from __future__ import annotations

import logging

from procrastinate import App, JobContext

from osler.clinic.documents import indexing
from osler.clinic.printing import whole
from osler.kit.database import Database
from osler.kit.settings import Settings
from osler.record import (
    Record,
    Storage,
    anchoring,
    audit_life,
    custody,
    drafting,
    prints,
    upkeep,
)

_log = logging.getLogger("osler.worker")
_STALLED_S = 120


def add_tasks(app: App, database: Database, documents: Storage | None = None) -> None:
    """Register every task on `app`; they reach the record through `database`, documents where they lie."""
    _of_the_record(app, database, documents)
    _of_documents(app, database, documents)
    _of_the_audit(app, database)
    _of_the_queue(app)


def _of_the_audit(app: App, database: Database) -> None:
    @app.periodic(cron="11 * * * *")
    @app.task(name="audit_partitions", queueing_lock="audit_partitions", pass_context=False)
    def audit_partitions(timestamp: int) -> None:
        """Hourly, so that a server that was off at midnight still has the month's partition."""
        made = upkeep.make_audit_partitions(database)
        if made:
            _log.info("made %d audit partitions", made)

    @app.periodic(cron="* * * * *")
    @app.task(name="audit_alive", queueing_lock="audit_alive", pass_context=False)
    def audit_alive(timestamp: int) -> None:
        """A sign of life every minute: a longer silence is recorded as a gap of the audit."""
        audit_life.beat(database)

    @app.periodic(cron="17 4 * * *")
    @app.task(name="audit_anomalies", queueing_lock="audit_anomalies", pass_context=False)
    def audit_anomalies(timestamp: int) -> None:
        """Every night: what looks wrong in the audit of the last 24 hours, as Tasks for the privacy officer."""
        found = Record(database).audit_anomalies()
        if found:
            _log.info("the audit's watch found %d things to review", len(found))

    @app.periodic(cron="29 * * * *")
    @app.task(name="ledger_anchor", queueing_lock="ledger_anchor", pass_context=False)
    def ledger_anchor(timestamp: int) -> None:
        """Leave the ledger's newest head outside of the database, where the settings say."""
        for one in anchoring.anchor(database, Settings.load()):
            if one.trouble:
                _log.warning(
                    "the ledger's head is not at %s %s: %s", one.kind, one.place, one.trouble
                )


def _of_the_record(app: App, database: Database, documents: Storage | None) -> None:
    @app.task(name="search_parameter_changed")
    def search_parameter_changed(type: str, id: str) -> None:
        """Tell the operator's log; indexing old rows is a decision of its own (`osler reindex`)."""
        _log.warning("%s/%s changed; run `osler reindex` to search by it", type, id)

    @app.periodic(cron="17 4 * * *")
    @app.task(name="abandoned_documents", queueing_lock="abandoned_documents", pass_context=False)
    def abandoned_documents(timestamp: int) -> None:
        """Encrypted documents whose commit failed: a day later nobody can still be about to commit."""
        removed = custody.remove_abandoned(database, documents)
        if removed:
            _log.info("removed %d documents of writes that failed", removed)

    @app.periodic(cron="37 3 * * *")
    @app.task(name="old_drafts", queueing_lock="old_drafts", pass_context=False)
    def old_drafts(timestamp: int) -> None:
        """Every night: drafts that nobody touched for a month, tabs that closed without a word."""
        removed = drafting.expire(database)
        if removed:
            _log.info("forgot %d drafts that nobody touched for a month", removed)


def _of_documents(app: App, database: Database, documents: Storage | None) -> None:
    @app.task(name="document_text")
    def document_text(type: str, id: str) -> None:
        """Take the words out of a document that came by the API, so that it can be searched."""
        indexing.index(Record(database, documents=documents), type, id)

    @app.task(name="chart_print")
    def chart_print(id: str) -> None:
        """Print a long chart for who asked; what goes wrong they are told, and stands in the list of jobs."""
        whole.make(Record(database, documents=documents), id)

    @app.periodic(cron="53 * * * *")
    @app.task(name="old_prints", queueing_lock="old_prints", pass_context=False)
    def old_prints(timestamp: int) -> None:
        """Hourly: printed charts that were asked for over a day ago."""
        removed = prints.expire(database)
        if removed:
            _log.info("forgot %d printed charts of yesterday", removed)


def _of_the_queue(app: App) -> None:
    @app.periodic(cron="*/2 * * * *")
    @app.task(name="retry_stalled", queueing_lock="retry_stalled", pass_context=True)
    async def retry_stalled(context: JobContext, timestamp: int) -> None:
        """Give the jobs of a worker that died to the others."""
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_S):
            _log.warning("job %s (%s) was left by a worker that died; again", job.id, job.task_name)
            await manager.retry_job(job)

    @app.periodic(cron="43 3 * * *")
    @app.task(name="remove_old_jobs", queueing_lock="remove_old_jobs", pass_context=True)
    async def remove_old_jobs(context: JobContext, timestamp: int) -> None:
        """Finished jobs are kept for a week, failed ones until someone has looked."""
        await context.app.job_manager.delete_old_jobs(nb_hours=24 * 7)
