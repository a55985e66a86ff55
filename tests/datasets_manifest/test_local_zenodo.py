"""The local Zenodo keeps Zenodo's contract: scenarios of its quick start, and two other clients
that know the real one."""

import hashlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import httpx
import pooch
import pytest
import zenodo_client
from local_zenodo import LocalZenodo, RateLimit

METADATA = {
    "title": "Cross sections",
    "upload_type": "dataset",
    "description": "Gluino pairs.",
    "creators": [{"name": "Doe, Jane", "orcid": "0000-0002-1825-0097"}],
}
CONTENT = b"m_go,sigma\n2000,1.0e-3\n"
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def api(zenodo: LocalZenodo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=zenodo.api, params={"access_token": zenodo.token}) as client:
        yield client


def published(api: httpx.Client) -> dict:
    draft = api.post("deposit/depositions", json={"metadata": METADATA}).json()
    api.put(f"{draft['links']['bucket']}/table.csv", content=CONTENT)
    return api.post(f"deposit/depositions/{draft['id']}/actions/publish").json()


def test_create_upload_publish(api: httpx.Client) -> None:
    created = api.post("deposit/depositions", json={})
    assert created.status_code == 201
    draft = created.json()
    assert (draft["state"], draft["submitted"], draft["files"]) == ("unsubmitted", False, [])
    assert draft["metadata"]["prereserve_doi"]["doi"] == f"10.5281/zenodo.{draft['id']}"
    upload = api.put(f"{draft['links']['bucket']}/table.csv", content=CONTENT)
    assert (upload.status_code, upload.json()["checksum"]) == (201, f"md5:{MD5}")
    own = f"deposit/depositions/{draft['id']}"
    assert api.post(f"{own}/actions/publish").status_code == 400
    assert api.put(own, json={"metadata": METADATA}).json()["title"] == "Cross sections"
    done = api.post(f"{own}/actions/publish")
    assert (done.status_code, done.json()["state"]) == (202, "done")
    assert done.json()["files"][0]["checksum"] == MD5
    assert api.post(f"{own}/actions/publish").status_code == 404
    record = httpx.get(f"{api.base_url}records/{draft['id']}").json()
    assert record["files"][0]["checksum"] == f"md5:{MD5}"
    assert httpx.get(record["files"][0]["links"]["self"]).content == CONTENT


def test_upload_by_form_list_and_delete(api: httpx.Client) -> None:
    own = f"deposit/depositions/{api.post('deposit/depositions', json={}).json()['id']}"
    uploaded = api.post(f"{own}/files", data={"name": "table.csv"}, files={"file": CONTENT})
    assert (uploaded.status_code, uploaded.json()["checksum"]) == (201, MD5)
    assert [f["filename"] for f in api.get(f"{own}/files").json()] == ["table.csv"]
    assert api.delete(f"{own}/files/{uploaded.json()['id']}").status_code == 204
    assert api.get(f"{own}/files").json() == []
    assert api.delete(own).status_code == 204
    assert api.get(own).status_code == 404


def test_a_published_deposition_is_closed(api: httpx.Client) -> None:
    done = published(api)
    own = f"deposit/depositions/{done['id']}"
    assert api.put(own, json={"metadata": METADATA}).status_code == 404
    assert api.delete(own).status_code == 404
    assert api.delete(f"{own}/files/{done['files'][0]['id']}").status_code == 403
    assert api.put(f"{done['links']['bucket']}/more", content=b"x").status_code == 403


def test_edit_and_discard(api: httpx.Client, zenodo: LocalZenodo) -> None:
    own = f"deposit/depositions/{published(api)['id']}"
    assert api.post(f"{own}/actions/edit").status_code == 201
    assert (
        api.put(own, json={"metadata": {**METADATA, "title": "Other"}}).json()["title"] == "Other"
    )
    assert api.post(f"{own}/actions/discard").json()["title"] == "Cross sections"
    assert api.post(f"{own}/actions/discard").status_code == 404


def test_a_new_version_imports_the_files_and_drops_the_date(api: httpx.Client) -> None:
    first = published(api)
    answer = api.post(f"deposit/depositions/{first['id']}/actions/newversion")
    draft = answer.json()
    assert answer.status_code == 201
    assert draft["id"] != first["id"]
    assert draft["conceptrecid"] == first["conceptrecid"]
    assert [f["filename"] for f in draft["files"]] == ["table.csv"]
    assert "publication_date" not in draft["metadata"]
    again = api.post(f"deposit/depositions/{first['id']}/actions/newversion")
    assert (again.status_code, again.json()["message"]) == (400, "Please remove all files first.")
    assert api.post(f"deposit/depositions/{draft['id']}/actions/newversion").status_code == 404
    api.post(f"deposit/depositions/{draft['id']}/actions/publish")
    concept = httpx.get(f"{api.base_url}records/{first['conceptrecid']}")
    assert concept.status_code == 302
    assert concept.headers["Location"] == f"/api/records/{draft['id']}"
    latest = httpx.get(
        f"{api.base_url}records/{first['id']}/versions/latest", follow_redirects=True
    )
    assert latest.json()["id"] == draft["id"]


def test_errors_look_as_they_do_at_zenodo(api: httpx.Client) -> None:
    assert httpx.post(f"{api.base_url}deposit/depositions", json={}).status_code == 403
    assert api.post("deposit/depositions", json={"title": "x"}).status_code == 400
    answer = api.get("records/123")
    assert (answer.status_code, answer.json()["status"]) == (404, 404)


def test_ranges_of_a_file(zenodo: LocalZenodo) -> None:
    record = zenodo.add_record({"a b/ü.bin": CONTENT})
    url = httpx.get(f"{zenodo.api}/records/{record.id}").json()["files"][0]["links"]["self"]
    part = httpx.get(url, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, CONTENT[5:10])
    assert part.headers["Content-Range"] == f"bytes 5-9/{len(CONTENT)}"
    assert httpx.get(url, headers={"Range": "bytes=5000-"}).status_code == 416


def test_the_rate_limit_says_when_to_come_back() -> None:
    now = [1000.0]
    with LocalZenodo(rate_limit=RateLimit(2, 60, lambda: now[0])) as zenodo:
        url = f"{zenodo.api}/records/1"
        assert [httpx.get(url).status_code for _ in range(3)] == [404, 404, 429]
        assert int(httpx.get(url).headers["X-RateLimit-Reset"]) >= 1060
        now[0] += 61
        assert httpx.get(url).status_code == 404


def test_zenodo_client_creates_updates_and_downloads(
    zenodo: LocalZenodo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYSTOW_HOME", str(tmp_path / "pystow"))
    monkeypatch.setattr("zenodo_client.api.time.sleep", lambda seconds: None)
    client = zenodo_client.Zenodo(access_token=zenodo.token)
    client.base, client.api_base = zenodo.origin, zenodo.api
    client.depositions_base = f"{zenodo.api}/deposit/depositions"
    table = tmp_path / "table.csv"
    table.write_bytes(CONTENT)
    first = client.create({"metadata": {**METADATA, "version": "1"}}, [table]).json()
    assert first["submitted"]
    assert client.download(first["id"], "table.csv").read_bytes() == CONTENT
    table.write_bytes(b"new")
    second = client.update(str(first["id"]), [table]).json()
    assert second["id"] != first["id"]
    assert client.download(second["id"], "table.csv").read_bytes() == b"new"


def test_pooch_retrieves_by_doi(
    zenodo: LocalZenodo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = zenodo.add_record({"table.csv": CONTENT})
    monkeypatch.setattr(pooch.downloaders.ZenodoRepository, "base_api_url", f"{zenodo.api}/records")
    monkeypatch.setattr(
        pooch.downloaders,
        "doi_to_url",
        lambda doi, **_: f"https://zenodo.org/records/{doi.split('.')[-1]}",
    )
    path = pooch.retrieve(f"doi:{record.doi}/table.csv", known_hash=f"md5:{MD5}", path=tmp_path)
    assert Path(path).read_bytes() == CONTENT


def test_it_starts_as_a_program() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "local_zenodo", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "support")},
    )
    with process:
        assert process.stdout is not None
        api = process.stdout.readline().split()[0]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{api}/records/1")
        process.terminate()
