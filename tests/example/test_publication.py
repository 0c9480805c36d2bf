"""The public page of the example office says what the office's own page says, in three languages."""

import re
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tracker.db import db, writing
from tracker.example import kassel

TODAY = date(2027, 3, 2)


@pytest.fixture
def everybody(app: Flask, now: datetime) -> FlaskClient:
    """Load the example, and return a browser of anybody."""
    with app.app_context(), writing():
        kassel.load(now, TODAY)
        db.session.commit()
    return app.test_client()


def read(page: str) -> str:
    """Return the words of a page, one blank between them."""
    body = page.partition("<main")[2]
    blocks = re.sub(r"</?(?:br|dd|div|dt|h\d|li|p|ul)\b[^>]*>", " ", body)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", blocks))


def test_the_page_says_what_the_office_says(everybody: FlaskClient) -> None:
    words = read(everybody.get("/public/de").text)

    for statement in (
        "Landkreis Kassel – Provinz Forlì-Cesena",
        "Fortgeführt durch Landkreis Kassel – Partnerschaftsbüro der Region Emilia-Romagna",
        "2007: Delegation aus Dane County in Kassel 2008: Delegation des Landkreises in Madison Januar 2010: Bericht",
        "6 Gemeindepartnerschaften Calden – Ráckeve",
        "und 5 weitere, die hier nicht genannt sind",
        "6 Gemeindepartnerschaften, unter dem Dach: Landkreis Kassel – Provinz Forlì-Cesena",
        "Kaufungen – Bertinoro Partnerschaft · Gemeinde Kaufungen – Gemeinde Bertinoro · Italien · in Kontakt seit 16.",
        "förmlich seit 1992",
        "und 4 weitere, die hier nicht genannt sind",
        "Auf Kreisebene fehlt, was solche Verbindungen auf Dauer trägt: das freiwillige Engagement",
        "heißt „Euarca+“, seit Dane County teilnimmt",
        "Daraus entstanden Kooperationsvereinbarung →, und weiter zu EU-Projekt Biomasse →, und weiter zu Energie 2000",
        "Entstanden aus Euarca 2007/2008",
        "April 2010: Zwei Lastwagen mit Schulmöbeln geliefert",
    ):
        assert statement in words, statement


@pytest.mark.parametrize("language", ["de", "en", "it"])
def test_each_language_has_all_its_words(everybody: FlaskClient, language: str) -> None:
    page = everybody.get(f"/public/{language}").text

    assert page.count("public__partnership") == 11
    assert re.findall('class="language"', page) == []
    assert re.findall('<(?:span|div)[^>]* lang="([a-z]+)"', page) == []


def test_what_is_invented_stays_inside_or_says_so(everybody: FlaskClient) -> None:
    words = read(everybody.get("/public/de").text)

    assert "2027" not in words.replace("Stand: 2. März 2027", "").replace("gültig bis 19. August 2027", "")
    assert "Rahmenvereinbarung über Jugend und Kultur (erfundenes Beispiel)" in words
