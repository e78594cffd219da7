"""What a bulk job does with its rows, and how it tells what became of them."""

from dataclasses import replace

import pytest
import requests

from sandbox.ids import to_id18
from sandbox.salesforce.bulk.locks import MOST_LOST
from tests.sandbox.salesforce_bulk.bulk_caller import ACTIVITY, KEY, Caller, read_csv, to_csv


def one(caller: Caller, key: str, *fields: str) -> dict[str, object]:
    wanted = ", ".join(fields)
    (record,) = caller.query(f"SELECT {wanted} FROM {ACTIVITY} WHERE {KEY} = '{key}'")  # noqa: S608 - SOQL of the test itself
    return {name: record[name] for name in fields}


class TestCsv:
    def test_an_empty_cell_is_unchanged_and_na_is_null(self, caller):
        caller.run([[KEY, "Activity__c", "Detail__c"], ["a", "Opened", "x"], ["b", "Opened", "x"]])
        caller.run([[KEY, "Activity__c", "Detail__c"], ["a", "", "y"], ["b", "#N/A", ""]])
        assert one(caller, "a", "Activity__c", "Detail__c") == {"Activity__c": "Opened", "Detail__c": "y"}
        assert one(caller, "b", "Activity__c", "Detail__c") == {"Activity__c": None, "Detail__c": "x"}

    def test_quoted_newlines_quotes_and_every_script_survive_both_ways(self, caller):
        text = 'line one\nline "two", \u00e9 \u65e5\u672c \U0001f600'
        job = caller.run([[KEY, "Detail__c"], ["a", text]])
        assert one(caller, "a", "Detail__c") == {"Detail__c": text}
        assert caller.results(job)[0]["Detail__c"] == text

    def test_a_file_may_begin_with_a_byte_order_mark(self, caller):
        assert caller.run(b"\xef\xbb\xbf" + to_csv([[KEY], ["a"]]))["numberRecordsFailed"] == 0

    @pytest.mark.parametrize(("declared", "ending"), [("LF", "\r\n"), ("CRLF", "\n")])
    def test_a_wrong_line_ending_fails_the_job(self, caller, declared, ending):
        status = caller.run(to_csv([[KEY], ["a"]], ending), lineEnding=declared)
        expected = f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {declared}"
        assert (status["state"], status["errorMessage"]) == ("Failed", expected)

    def test_crlf_files_are_read_when_they_say_so(self, caller):
        assert caller.run(to_csv([[KEY], ["a"]], "\r\n"), lineEnding="CRLF")["numberRecordsProcessed"] == 1

    @pytest.mark.parametrize(
        ("name", "mark"),
        [("TAB", "\t"), ("PIPE", "|"), ("SEMICOLON", ";"), ("CARET", "^"), ("BACKQUOTE", "`")],
    )
    def test_other_delimiters_hold_for_the_upload_and_the_results(self, caller, name, mark):
        job = caller.run(to_csv([[KEY, "Detail__c"], ["a", "x,y"]], delimiter=mark), columnDelimiter=name)
        results = caller.call("GET", f"/jobs/ingest/{job['id']}/successfulResults").content
        assert read_csv(results, mark)[0]["Detail__c"] == "x,y"

    def test_an_unknown_field_fails_the_job_with_its_name(self, caller, org):
        status = caller.run([[KEY, "Foo__c"], ["a", "1"]])
        assert (status["state"], status["errorMessage"]) == ("Failed", "InvalidBatch : Field name not found : Foo__c")
        assert org.count(ACTIVITY) == 0

    def test_a_field_hidden_by_field_level_security_is_unknown_too(self, caller, org):
        org.hide_field(ACTIVITY, "Detail__c")
        assert caller.run([[KEY, "Detail__c"], ["a", "1"]])["errorMessage"].endswith("not found : Detail__c")

    @pytest.mark.parametrize("broken", [b'a,"x" ,\n', b"a,b,c,d\n", b"a,\xff\xfe\n"])
    def test_a_file_that_cannot_be_read_fails_the_job(self, caller, broken):
        status = caller.run(to_csv([[KEY, "Detail__c"]]) + broken)
        assert (status["state"], status["errorMessage"][:15]) == ("Failed", "InvalidBatch : ")

    def test_datetimes_numbers_and_ids_of_15_characters_are_read(self, caller, contacts):
        caller.run([[KEY, "Contact__c", "Activity_Date__c"], ["a", contacts[0][:15], "2026-11-23T05:00:00.000Z"]])
        expected = {"Contact__c": contacts[0], "Activity_Date__c": "2026-11-23T05:00:00.000+0000"}
        assert one(caller, "a", "Contact__c", "Activity_Date__c") == expected


class TestOperations:
    def test_an_upsert_tells_created_from_updated(self, caller):
        caller.run([[KEY], ["a"]])
        job = caller.run([[KEY], ["a"], ["b"]])
        assert {row[KEY]: row["sf__Created"] for row in caller.results(job)} == {"a": "false", "b": "true"}

    def test_insert_update_and_delete_by_id(self, caller, org):
        made = caller.results(caller.run([[KEY], ["a"], ["b"]], "insert"))
        ids = {row[KEY]: row["sf__Id"] for row in made}
        caller.run([["Id", "Detail__c"], [ids["a"], "changed"]], "update")
        assert one(caller, "a", "Detail__c") == {"Detail__c": "changed"}
        caller.run([["Id"], [ids["b"]]], "delete")
        assert org.count(ACTIVITY) == 1
        deleted = caller.call(
            "GET", "/queryAll", params={"q": "SELECT Id FROM Real_Magnet_Activity__c WHERE IsDeleted = true"}
        )
        assert [record["Id"] for record in deleted.json()["records"]] == [ids["b"]]

    def test_a_file_to_delete_has_the_column_id_alone(self, caller):
        status = caller.run([["Id", KEY], ["x", "y"]], "delete")
        assert status["state"] == "Failed"

    def test_an_upsert_without_its_key_column_fails(self, caller):
        assert caller.run([["Detail__c"], ["x"]])["errorMessage"].endswith(f"not found : {KEY}")

    def test_a_parent_may_be_named_by_one_of_its_keys(self, caller, contacts):
        caller.run([[KEY, "Contact__r.Email"], ["a", "person7@example.org"]])
        assert one(caller, "a", "Contact__c") == {"Contact__c": contacts[7]}

    def test_a_key_that_names_no_parent_fails_its_row(self, caller):
        job = caller.run([[KEY, "Contact__r.Email"], ["a", "nobody@example.org"]])
        (failed,) = caller.results(job, "failedResults")
        assert failed["sf__Error"].startswith("INVALID_FIELD:Foreign key external ID: nobody@example.org not found")


class TestResults:
    def test_rows_and_columns_come_in_an_order_of_their_own_and_lose_nothing(self, caller):
        header = [KEY, "Message_Name__c", "Activity__c"]
        rows = [[f"k{number:05d}", f"M {number}", "Opened"] for number in range(25_000)]
        job = caller.run([header, *rows])
        results = caller.results(job)
        names = list(results[0])
        assert names[:2] == ["sf__Id", "sf__Created"]
        assert sorted(names[2:]) == sorted(header)
        assert names[2:] != header
        assert [row[KEY] for row in results] != [row[0] for row in rows]
        assert sorted((row[KEY], row["Message_Name__c"]) for row in results) == [(row[0], row[1]) for row in rows]

    def test_results_are_csv_without_a_charset_and_only_the_sf_names_are_quoted(self, caller):
        job = caller.run([[KEY], ["a"]])
        reply = caller.call("GET", f"/jobs/ingest/{job['id']}/successfulResults")
        assert reply.headers["Content-Type"] == "text/csv"
        assert reply.content.startswith(b'"sf__Id","sf__Created",External_Key__c\n')
        reply = caller.call("GET", f"/jobs/ingest/{job['id']}/failedResults")
        assert reply.content == b'"sf__Id","sf__Error",External_Key__c\n'

    def test_a_failed_row_says_code_message_and_fields(self, caller):
        job = caller.run([[KEY, "Contact__c"], ["a", to_id18("003Hu0000zzzzzz")], ["b", "nonsense"]])
        assert {row[KEY]: row["sf__Error"] for row in caller.results(job, "failedResults")} == {
            "a": "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--",
            "b": "MALFORMED_ID:Contact: id value of incorrect type: nonsense:Contact__c--",
        }

    def test_failed_rows_hide_inside_a_complete_job(self, caller, org):
        job = caller.run([[KEY, "Detail__c"], ["a", "1"], ["", "2"], ["c", "3"]])
        assert (job["state"], job["numberRecordsFailed"]) == ("JobComplete", 1)
        assert org.count(ACTIVITY) == 2

    def test_before_version_53_failed_rows_have_no_id_column(self, caller):
        caller.version = "52.0"
        job = caller.run([[KEY, "Detail__c"], ["", "x"]])
        (failed,) = caller.results(job, "failedResults")
        assert "sf__Id" not in failed

    def test_twins_in_one_chunk_both_fail(self, caller):
        job = caller.run([[KEY], ["same"], ["other"], ["same"]])
        failed = caller.results(job, "failedResults")
        assert [row["sf__Error"][:16] for row in failed] == ["DUPLICATE_VALUE:"] * 2
        assert [row[KEY] for row in caller.results(job)] == ["other"]

    def test_twins_in_different_chunks_are_written_one_after_the_other(self, caller):
        rows = [[f"k{number}", "first"] for number in range(200)]
        job = caller.run([[KEY, "Detail__c"], *rows, ["k0", "second"]])
        assert job["numberRecordsFailed"] == 0
        assert one(caller, "k0", "Detail__c") == {"Detail__c": "second"}

    def test_both_spellings_of_unprocessed_records_answer(self, caller):
        job = caller.run([[KEY], ["a"]])
        for spelling in ("unprocessedrecords", "unprocessedRecords"):
            reply = caller.call("GET", f"/jobs/ingest/{job['id']}/{spelling}")
            assert (reply.status_code, reply.content) == (200, b"External_Key__c\n")


def activities(parents: list[str], tag: str = "k") -> list[list[str]]:
    return [[KEY, "Contact__c"], *([f"{tag}{number:05d}", parent] for number, parent in enumerate(parents))]


class TestLocks:
    def test_rows_of_one_parent_far_apart_collide_and_the_job_still_completes(self, caller, contacts):
        job = caller.run(activities(contacts * 12))
        assert job["state"] == "JobComplete"
        failed = caller.results(job, "failedResults")
        assert 0 < len(failed) <= MOST_LOST
        assert {row["sf__Error"].partition(":")[0] for row in failed} == {"UNABLE_TO_LOCK_ROW"}
        assert all(row["sf__Error"].endswith(f"1 records: {row['Contact__c']}:--") for row in failed)

    def test_the_same_rows_sorted_by_parent_do_not_suffer(self, caller, contacts):
        assert caller.run(activities(sorted(contacts * 12)))["numberRecordsFailed"] == 0

    def test_a_parent_with_very_many_rows_in_a_row_does_not_suffer(self, caller, contacts):
        assert caller.run(activities([contacts[0]] * 5_000))["numberRecordsFailed"] == 0

    def test_the_same_file_loses_the_same_rows_again(self, caller, contacts):
        lost = [
            sorted(row[KEY] for row in caller.results(caller.run(activities(contacts * 12)), "failedResults"))
            for _ in range(2)
        ]
        assert lost[0] == lost[1]

    def test_after_a_hundred_lost_locks_the_rest_of_the_batch_waits_and_passes(self, caller, contacts):
        job = caller.run(activities(contacts * 100))
        assert (job["numberRecordsFailed"], job["retries"]) == (MOST_LOST, 1)

    def test_two_jobs_on_the_same_parents_at_once_collide_and_one_after_the_other_do_not(self, caller, org, contacts):
        org.set_setting("bulk_seconds", "0.3")
        jobs = [caller.create() for _ in range(2)]
        for number, job in enumerate(jobs):
            caller.put(job, to_csv(activities(contacts, f"job{number}-")))
        for job in jobs:
            caller.close(job)
        ended = [caller.wait(job) for job in jobs]
        assert sorted(job["numberRecordsFailed"] > 0 for job in ended) == [False, True]
        assert caller.run(activities(contacts, "later-"))["numberRecordsFailed"] == 0

    def test_a_lock_storm_strikes_as_many_rows_as_ordered(self, caller, running, contacts):
        storm = {"kind": "lock_storm", "times": 3}
        requests.post(f"{running.url}/_sandbox/switches", json=storm, timeout=10)
        job = caller.run(activities(contacts[:5]))
        assert len(caller.results(job, "failedResults")) == 3
        assert caller.run(activities(contacts[:5]))["numberRecordsFailed"] == 0


class TestHardDelete:
    def test_it_needs_its_own_permission_and_leaves_nothing_in_the_bin(self, caller, org, monkeypatch):
        ids = [row["sf__Id"] for row in caller.results(caller.run([[KEY], ["a"], ["b"]]))]
        granted = org.access(org.integration_user_id).permission_sets
        wider = tuple(replace(item, user_permissions=frozenset({"BulkApiHardDelete"})) for item in granted)
        monkeypatch.setattr(org, "access", lambda _user_id: replace(org.system_access(), permission_sets=wider))
        job = caller.run([["Id"], *([record_id] for record_id in ids)], "hardDelete")
        assert (job["state"], job["numberRecordsFailed"]) == ("JobComplete", 0)
        left = caller.call("GET", "/queryAll", params={"q": "SELECT Id FROM Real_Magnet_Activity__c"}).json()
        assert left["totalSize"] == 0
