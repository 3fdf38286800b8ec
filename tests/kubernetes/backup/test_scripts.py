"""Backup and restore lose no row, on a real PostgreSQL and an S3 server, also when something goes wrong.

What runs is PostgreSQL 17, an environment's default; the way there and back also runs on Debian's older release.
"""

import hashlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from quantacirc_cdk.kubernetes.backup.database_backup import backup_job
from support.kubernetes.backups import Backups, JobFailedError
from support.postgresql import Server

pytestmark = pytest.mark.slow

OLD = "20200101T000000Z.dump"


def complete(backups: Backups) -> list[str]:
    """Return the names of the backups that count."""
    return [name.removesuffix(".sha256") for name in backups.stored() if name.endswith(".sha256")]


def test_a_destroyed_database_comes_back_as_it_was(backups: Backups) -> None:
    sealed = backups.with_props(encryption_secret="key")
    before = sealed.content()
    sealed.backup()
    backups.server.sql(f'drop database "{backups.database}"')
    said = sealed.restore()
    assert backups.content() == before
    assert before[0][0] == "5000"
    assert f"into {backups.database}" in said


def test_so_does_one_of_an_older_release(older_backups: Backups) -> None:
    before = older_backups.content()
    older_backups.backup()
    older_backups.server.sql(f'drop database "{older_backups.database}"')
    older_backups.restore()
    assert older_backups.content() == before


def test_programs_newer_than_the_server_cannot_restore_which_the_model_refuses(
    older_backups: Backups, server: Server
) -> None:
    """They set parameters that it does not know; see the check of ``version``."""
    newer = replace(older_backups, server=replace(older_backups.server, bin=server.bin))
    before = newer.content()
    newer.backup()
    with pytest.raises(JobFailedError, match="could not be loaded; the database is as it was"):
        newer.restore()
    assert newer.content() == before


def test_a_database_that_went_wrong_is_replaced_and_kept_beside(backups: Backups) -> None:
    before = backups.content()
    backups.backup()
    backups.server.sql("delete from runs where id > 100", backups.database)
    backups.restore()
    assert backups.content() == before
    rows = backups.server.sql(f"select datname from pg_database where datname like '{backups.database}_before_%'")
    ((kept,),) = rows
    assert backups.server.sql("select count(*) from runs", kept) == [["100"]]


def test_a_rehearsal_loads_a_backup_and_leaves_nothing_behind(backups: Backups) -> None:
    backups.backup()
    backups.server.sql("delete from runs where id > 100", backups.database)
    before, databases = backups.content(), backups.server.sql("select datname from pg_database order by 1")
    said = backups.restore(REHEARSE="yes")
    assert re.search(r"rehearsed \S+: 2 tables, [0-9]+ .B, loaded in [0-9]+ s; \S+ is as it was", said), said
    assert backups.content() == before
    assert backups.server.sql("select datname from pg_database order by 1") == databases


def test_a_rehearsal_finds_a_backup_that_never_loads(backups: Backups) -> None:
    """A check that names a table without its schema cannot be loaded, and its dump is made without a word."""
    backups.server.sql(
        "create function runs_with(bigint) returns bigint language sql as 'select count(*) from runs where id = $1';"
        "create table picked (id bigint check (runs_with(id) = 1)); insert into picked values (1);",
        backups.database,
    )
    before = backups.content()
    backups.backup()
    with pytest.raises(JobFailedError, match="could not be loaded; the database is as it was"):
        backups.restore(REHEARSE="yes")
    assert backups.content() == before


@pytest.mark.parametrize("length", [53, 54, 63])
def test_a_long_name_is_that_of_the_restored_database_and_the_old_one_stays_beside(
    backups: Backups, length: int
) -> None:
    """The server cuts names after 63 bytes: what is put behind a long one must not be cut off."""
    backups = backups.renamed(f"{length}_{backups.database}".ljust(length, "x")[:length])
    before = backups.content()
    backups.backup()
    backups.server.sql("delete from runs where id > 100", backups.database)
    backups.restore()
    assert backups.content() == before
    start = backups.database[:30]
    names = {name for (name,) in backups.server.sql(f"select datname from pg_database where datname like '{start}%'")}
    (kept,) = names - {backups.database}
    assert backups.database in names
    assert "_before_" in kept
    assert backups.server.sql("select count(*) from runs", kept) == [["100"]]


def test_what_is_set_on_a_database_comes_back_with_it(backups: Backups) -> None:
    name = backups.database
    backups.server.sql(f"""
        drop database "{name}";
        create database "{name}" template template0 encoding 'LATIN1' locale 'POSIX';
        alter database "{name}" set search_path to audit, public;
        alter database "{name}" set default_transaction_read_only to on;
        alter database "{name}" connection limit 17;
        comment on database "{name}" is $$it's of {name}:
ALTER ROLE nobody$$;
    """)
    backups.server.sql(f'set default_transaction_read_only to off; create table "{name}" (v int);', name)
    before = backups.described()
    backups.backup()
    backups.server.sql(f'drop database "{name}"')
    backups.restore()
    assert backups.described() == before
    assert ["default_transaction_read_only=on"] in before


def test_a_dump_of_one_database_restores_into_another_name(backups: Backups) -> None:
    before = backups.content()
    backups.server.sql(f'alter database "{backups.database}" connection limit 17')
    backups.backup()
    other = f'{backups.database[:20]}" other'
    (backups.secrets["database"] / "database").write_text(other)
    backups.restore()
    assert replace(backups, database=other).content() == before
    assert backups.server.sql(f"select datconnlimit from pg_database where datname = '{other}'") == [["17"]]


def test_sessions_of_running_applications_do_not_stop_a_restore(backups: Backups) -> None:
    before = backups.content()
    backups.backup()
    busy = ["psql", "-X", "-d", backups.database, "-c", "select pg_sleep(60)"]
    with subprocess.Popen(busy, env=backups.server.environment, stderr=subprocess.DEVNULL) as session:
        backups.restore()
        assert session.wait(10) != 0
    assert backups.content() == before


def test_nobody_can_read_what_is_stored_without_the_password(backups: Backups) -> None:
    sealed = backups.with_props(encryption_secret="key")
    sealed.backup()
    (dump, _) = sealed.stored()
    assert not sealed.rclone("cat", f"TARGET/{dump}").startswith(b"PGDMP")
    (backups.secrets["key"] / "password").write_text("another")
    with pytest.raises(JobFailedError, match="restore failed"):
        sealed.restore()


def test_a_store_that_encrypts_itself_gets_the_dump_as_it_is(backups: Backups) -> None:
    before = backups.content()
    backups.backup()
    (name,) = complete(backups)
    assert backups.rclone("cat", f"TARGET/{name}").startswith(b"PGDMP")
    backups.restore(name)
    assert backups.content() == before


def test_a_dump_that_is_cut_off_by_the_server_stores_nothing(backups: Backups) -> None:
    backups.backup()
    good = complete(backups)
    lock = "begin; lock table runs in access exclusive mode; select pg_sleep(60)"
    with subprocess.Popen(
        ["psql", "-X", "-d", backups.database, "-c", lock], env=backups.server.environment, stderr=subprocess.DEVNULL
    ) as locker:
        dump, work = backup_job(backups.props).pod.init_containers[0], backups.work()
        process = backups.start(dump, work)
        of_dump = f"from pg_stat_activity where datname = '{backups.database}' and application_name = 'pg_dump'"
        until(lambda: backups.server.sql(f"select 1 {of_dump} and wait_event_type = 'Lock'"))
        backups.server.sql(f"select pg_terminate_backend(pid) {of_dump}")
        said = process.communicate(timeout=20)[0]
        locker.kill()
    assert process.returncode == 1
    assert "backup failed: pg_dump stopped; nothing was stored" in said
    assert list(work.iterdir()) == []
    assert complete(backups) == good


def test_a_pod_that_is_told_to_go_leaves_nothing(backups: Backups) -> None:
    lock = "begin; lock table runs in access exclusive mode; select pg_sleep(60)"
    with subprocess.Popen(
        ["psql", "-X", "-d", backups.database, "-c", lock], env=backups.server.environment, stderr=subprocess.DEVNULL
    ) as locker:
        dump, work = backup_job(backups.props).pod.init_containers[0], backups.work()
        process = backups.start(dump, work)
        until(lambda: (work / "part").exists())
        os.killpg(process.pid, signal.SIGTERM)
        said = process.communicate(timeout=20)[0]
        locker.kill()
    assert process.returncode == 1
    assert "backup failed" in said
    assert list(work.iterdir()) == []


def test_a_full_disk_stores_nothing(backups: Backups) -> None:
    with pytest.raises(JobFailedError, match="backup failed: pg_dump stopped"):
        backups.backup(dump_limit_kib=16)
    assert backups.stored() == []


def test_a_store_that_is_away_is_a_failure_and_loses_no_older_backup(backups: Backups) -> None:
    backups.backup()
    good = complete(backups)
    target = backups.props.target
    away = backups.with_props(target=replace(target, endpoint="http://127.0.0.1:9"))
    away = replace(away, environment={"RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1"})
    with pytest.raises(JobFailedError, match="could not be uploaded; older backups are as they were"):
        away.backup()
    assert complete(backups) == good


def test_a_damaged_backup_is_refused_and_an_older_one_restores(backups: Backups) -> None:
    before = backups.content()
    backups.backup()
    (good,) = complete(backups)
    backups.rclone("copyto", f"TARGET/{good}", f"TARGET/{OLD}")
    backups.rclone("copyto", f"TARGET/{good}.sha256", f"TARGET/{OLD}.sha256")
    stored = backups.rclone("cat", f"TARGET/{good}")
    backups.put(good, stored[:-100])
    with pytest.raises(JobFailedError, match=f"restore failed: {good}") as caught:
        backups.restore()
    assert OLD in str(caught.value)
    assert backups.content() == before


def test_an_upload_that_was_interrupted_is_no_backup(backups: Backups) -> None:
    before = backups.content()
    backups.backup()
    (good,) = complete(backups)
    backups.put("29990101T000000Z.dump", b"PGDMP half of it")
    backups.server.sql("delete from runs", backups.database)
    assert f"fetched {good}" in backups.restore()
    assert backups.content() == before


def test_asking_for_a_backup_that_is_not_there_says_which_are(backups: Backups) -> None:
    backups.backup()
    (good,) = complete(backups)
    with pytest.raises(JobFailedError, match="no complete backup 20010101T000000Z") as caught:
        backups.restore("20010101T000000Z")
    assert good in str(caught.value)


def interrupted(backups: Backups, folder: Path, what: str) -> str:
    """Return a PATH with a psql that does something to its group before the names of the databases change."""
    folder.mkdir()
    psql = folder / "psql"
    psql.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *--command*|*--file*) exec {backups.server.bin}/psql "$@" ;; esac\n'
        f'cat >"{folder}/in"\n'
        f'if grep -q "^begin" "{folder}/in"; then {what}; fi\n'
        f'exec {backups.server.bin}/psql "$@" <"{folder}/in"\n'
    )
    psql.chmod(0o755)
    return f"{folder}{os.pathsep}{backups.server.bin}{os.pathsep}{os.environ['PATH']}"


def test_a_signal_while_the_names_change_does_not_report_a_failure(backups: Backups, tmp_path: Path) -> None:
    before = backups.content()
    backups.backup()
    backups.server.sql("delete from runs where id > 100", backups.database)
    said = backups.restore(PATH=interrupted(backups, tmp_path / "bin", 'kill -TERM "$PPID"; sleep 0.2'))
    assert f"into {backups.database}; what was there before" in said
    assert backups.content() == before


def test_a_restore_that_was_killed_while_the_names_changed_leaves_a_database_that_the_next_run_opens(
    backups: Backups, tmp_path: Path
) -> None:
    before = backups.content()
    backups.backup()
    closing = f'sed "/^begin/,\\$d" "{tmp_path}/bin/in" | {backups.server.bin}/psql "$@"; kill -KILL 0'
    with pytest.raises(JobFailedError):
        backups.restore(PATH=interrupted(backups, tmp_path / "bin", closing))
    assert backups.server.sql(f"select datallowconn from pg_database where datname = '{backups.database}'") == [["f"]]
    backups.restore(REHEARSE="yes")
    assert backups.content() == before
    assert backups.server.sql("select 1 from pg_database where datname like '%_restoring'") == []


def test_a_dump_that_cannot_be_loaded_leaves_the_database(backups: Backups) -> None:
    """The checksum is right, but the dump was broken before it was made: the last line of defence."""
    before = backups.content()
    backups.backup()
    (good,) = complete(backups)
    broken = backups.rclone("cat", f"TARGET/{good}")[:-2000]
    checksum = hashlib.sha256(broken).hexdigest()
    backups.put(good, broken)
    backups.put(f"{good}.sha256", f"{checksum}  {good}\n".encode())
    with pytest.raises(JobFailedError, match="could not be loaded; the database is as it was"):
        backups.restore()
    assert backups.content() == before
    assert backups.server.sql("select 1 from pg_database where datname like '%_restoring'") == []


def test_old_backups_go_and_the_last_ones_stay_however_old(backups: Backups) -> None:
    for day in range(1, 6):
        backups.put(f"2020010{day}T000000Z.dump", b"x")
        backups.put(f"2020010{day}T000000Z.dump.sha256", b"x")
    backups.put("20200109T000000Z.dump", b"unfinished, and a year old")
    said = backups.backup()
    (new,) = [name for name in complete(backups) if name > "2021"]
    assert complete(backups) == ["20200104T000000Z.dump", "20200105T000000Z.dump", new]
    assert backups.stored() == sorted(name + suffix for name in complete(backups) for suffix in ("", ".sha256"))
    assert "deleted the unfinished 20200109T000000Z.dump" in said


def test_a_young_backup_stays_when_there_are_more_than_enough(backups: Backups) -> None:
    for index in range(4):
        name = time.strftime("%Y%m%dT%H%M%SZ.dump", time.gmtime(time.time() - (index + 1.5) * 86400))
        backups.put(name, b"x")
        backups.put(f"{name}.sha256", b"x")
    backups.with_props(keep_days=3, keep_last=1).backup()
    assert len(complete(backups)) == 3


def until(holds: Callable[[], object], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
