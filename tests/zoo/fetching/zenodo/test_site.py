import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets._fetching.zenodo.site import RecordAddress, RequestPace, parse_record


@pytest.mark.parametrize(
    "text",
    [
        "10.5281/zenodo.3547721",
        "doi:10.5281/ZENODO.3547721",
        "https://doi.org/10.5281/zenodo.3547721",
        "zenodo.3547721",
        "zenodo:3547721",
        "https://zenodo.org/records/3547721",
        "https://zenodo.org/record/3547721/",
        "https://zenodo.org/api/records/3547721?preview=1",
    ],
)
def test_a_record_is_known_by_doi_address_and_id(text):
    assert parse_record(text) == RecordAddress(3547721)
    assert parse_record(text).doi == "10.5281/zenodo.3547721"


def test_an_address_may_lead_to_one_file():
    found = parse_record("https://zenodo.org/records/7/files/a%20b-1.onnx?download=1")
    assert (found.number, found.file) == (7, "a b-1.onnx")
    found = parse_record("https://zenodo.org/api/records/7/files/a-1.onnx/content")
    assert found.file == "a-1.onnx"


def test_the_sandbox_is_another_zenodo(monkeypatch):
    assert parse_record("https://sandbox.zenodo.org/records/7") == RecordAddress(7, True)
    assert parse_record("10.5072/zenodo.7").site.origin == "https://sandbox.zenodo.org"
    monkeypatch.setenv("LHNETS_ZENODO", "http://127.0.0.1:9/")
    assert parse_record("http://127.0.0.1:9/records/7") == RecordAddress(7)


@pytest.mark.parametrize(
    "text",
    [
        "cs-gluino-pair-lo",
        "10.5281/zenodo.x",
        "10.6084/m9.figshare.7",
        "https://zenodo.org.evil.example/records/7",
        "https://evil.example/https://zenodo.org/records/7",
        "zenodo:lhnets",
        "",
    ],
)
def test_what_is_not_a_record_is_none(text):
    assert parse_record(text) is None


@given(st.text())
def test_any_text_is_read(text):
    found = parse_record(text)
    assert found is None or found.number >= 0


def test_a_pace_waits_once_its_window_is_full():
    now, waits = [0.0], []

    def wait(seconds):
        waits.append(seconds)
        now[0] += seconds

    pace = RequestPace(2, 60.0, wait, lambda: now[0])
    for _ in range(5):
        pace.step()
    assert waits == [60.0, 60.0]
