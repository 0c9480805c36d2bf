"""The application: the only module that knows all rooms."""

from collections.abc import Iterable
from datetime import datetime

from flask import Flask, current_app, has_request_context, request, url_for
from flask_wtf import CSRFProtect
from sqlalchemy.orm import configure_mappers
from werkzeug.middleware.proxy_fix import ProxyFix

from tracker import clock
from tracker.accounts.routes import bp as accounts_bp
from tracker.agreements.routes import bp as agreements_bp
from tracker.answers.routes import BY_LINK
from tracker.answers.routes import bp as answers_bp
from tracker.attendance import audience
from tracker.attendance.routes import bp as attendance_bp
from tracker.backups.rules import TROUBLES, is_too_old
from tracker.briefing.routes import bp as briefing_bp
from tracker.calendar.routes import bp as calendar_bp
from tracker.circulars.routes import bp as circulars_bp
from tracker.config import LOOPBACK, Settings, load
from tracker.contributions.routes import bp as contributions_bp
from tracker.db import db, watch, writing
from tracker.documents.routes import bp as documents_bp
from tracker.downloads.routes import bp as downloads_bp
from tracker.editions.routes import bp as editions_bp
from tracker.entrance import queries as entrance
from tracker.entrance.actions import note_use
from tracker.entrance.routes import bp as entrance_bp
from tracker.entrance.rules import NOTED_EVERY
from tracker.events.routes import bp as events_bp
from tracker.exchange.routes import bp as exchange_bp
from tracker.factors.routes import bp as factors_bp
from tracker.guestlists.routes import bp as guestlists_bp
from tracker.guests.routes import BY_LINK as BY_LINK_OF_GUESTS
from tracker.guests.routes import bp as guests_bp
from tracker.hosting import queries as hosting
from tracker.hosting.routes import bp as hosting_bp
from tracker.imports.routes import bp as imports_bp
from tracker.inbox.routes import bp as inbox_bp
from tracker.inbox.rules import TROUBLES as INBOX_TROUBLES
from tracker.inbox.rules import is_late
from tracker.language import LANGUAGES, _, _l, babel, ngettext
from tracker.lineage.routes import bp as lineage_bp
from tracker.locations import PACKAGE, bundled
from tracker.log.routes import bp as log_bp
from tracker.mail.changes import count_changes
from tracker.mail.queries import Standing
from tracker.milestones import queries as milestones
from tracker.milestones.routes import bp as milestones_bp
from tracker.organisations import queries as organisations
from tracker.organisations.routes import bp as organisations_bp
from tracker.oversight.routes import bp as oversight_bp
from tracker.overview.routes import bp as overview_bp
from tracker.participants.routes import bp as participants_bp
from tracker.partnerships.routes import bp as partnerships_bp
from tracker.people.routes import bp as people_bp
from tracker.portability.routes import bp as portability_bp
from tracker.postbox.routes import bp as postbox_bp
from tracker.preferences.routes import bp as preferences_bp
from tracker.preferences.routes import unsubscribe
from tracker.programmes.routes import bp as programmes_bp
from tracker.projects import queries as projects
from tracker.projects.routes import bp as projects_bp
from tracker.proofs.routes import ask_again
from tracker.proofs.routes import bp as proofs_bp
from tracker.publishing.routes import bp as publishing_bp
from tracker.reforms.routes import bp as reforms_bp
from tracker.reminders import requests
from tracker.reminders.routes import bp as reminders_bp
from tracker.succession.routes import bp as succession_bp
from tracker.texts.routes import bp as texts_bp
from tracker.travel.routes import BY_LINK as BY_LINK_OF_TRAVELLERS
from tracker.travel.routes import bp as travel_bp
from tracker.updates.routes import bp as updates_bp
from tracker.web import access, addresses, errors, formats, headers, kept, logs, navigation, words
from tracker.web.access import Door, Somebody, office, signed_in
from tracker.web.bodies import LARGEST_FORM
from tracker.web.navigation import Banner, Place

#: Every room with pages, in the order of the listing.
ROOMS = (
    organisations_bp,
    people_bp,
    accounts_bp,
    factors_bp,
    preferences_bp,
    entrance_bp,
    proofs_bp,
    partnerships_bp,
    agreements_bp,
    projects_bp,
    events_bp,
    participants_bp,
    attendance_bp,
    guestlists_bp,
    programmes_bp,
    hosting_bp,
    contributions_bp,
    milestones_bp,
    calendar_bp,
    updates_bp,
    log_bp,
    documents_bp,
    lineage_bp,
    exchange_bp,
    reminders_bp,
    answers_bp,
    guests_bp,
    circulars_bp,
    travel_bp,
    reforms_bp,
    succession_bp,
    editions_bp,
    imports_bp,
    downloads_bp,
    postbox_bp,
    inbox_bp,
    texts_bp,
    portability_bp,
    oversight_bp,
    publishing_bp,
    overview_bp,
    briefing_bp,
)
PLACES = (
    Place("overview.start", _l("Start"), lambda _reader: True, "/"),
    Place(
        "projects.index",
        _l("Projects"),
        lambda _reader: True,
        "/projects/",
        ("/contributions/", "/participants/", "/series/", "/updates/"),
    ),
    Place(
        "events.index",
        _l("Events"),
        lambda _reader: True,
        "/events/",
        ("/calendar/", "/delegations/", "/guests/", "/hosts/", "/programme/", "/travel/"),
    ),
    Place(
        "partnerships.index", _l("Partnerships"), lambda reader: reader.sees_all, "/partnerships/", ("/agreements/",)
    ),
    Place("organisations.index", _l("Organisations"), lambda _reader: True, "/organisations/"),
    Place("people.index", _l("People"), lambda _reader: True, "/people/", ("/functions/",)),
    Place("milestones.index", _l("Milestones"), lambda _reader: True, "/milestones/"),
    Place("log.index", _l("Log"), lambda reader: reader.sees_all, "/log/"),
    Place("reminders.index", _l("Reminders"), lambda reader: reader.sees_all, "/reminders/"),
    Place("postbox.index", _l("Outbox"), lambda reader: reader.is_coordinator, "/outbox/", ("/inbox/",)),
)


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application. Raises WrongSettingError before anything is touched."""
    settings = settings or load()
    clock.shift_by(settings.clock_shift)
    logs.start_logging()
    app = Flask(
        "tracker",
        root_path=str(PACKAGE),
        instance_path=str(settings.instance),
        template_folder=str(bundled("templates")),
        static_folder=str(PACKAGE / "static"),
    )
    app.config.update(_flask_settings(settings))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # The right-most addresses, that our own proxies wrote; what a browser claims stands left of them.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0)  # type: ignore[method-assign] # Flask's way
    db.init_app(app)
    # At once: a web server loads the application and parts into processes, and what is made before is shared.
    configure_mappers()
    with app.app_context():
        # It opens no connection, which would belong to all of these processes.
        watch(db.engine)
        count_changes(db.engine)
    babel.init_app(app, default_locale="en", locale_selector=_reader_language)
    # Whoever looks into a form finds one, or nobody does.
    app.before_request(access.read_body)
    # Mail programs stop letters by a POST of their own: its address is signed and stands for one thing only. Behind the
    # other links in letters forms are bound to the link, for there is no session.
    forms = CSRFProtect(app)
    for view in (unsubscribe, *BY_LINK, *BY_LINK_OF_GUESTS, *BY_LINK_OF_TRAVELLERS):
        forms.exempt(view)
    # The first function asked is the first installed: who it is comes before all else.
    access.install(app, _door(settings))
    # The list of projects is sorted by a date that only a room below it knows.
    app.extensions["next_due_on"] = milestones.next_due_on
    # A partnership does not end before its projects, which lie below it.
    app.extensions["last_project"] = projects.last_to_end
    # How often somebody is asked is said by a rule of reminders.
    app.extensions["steps_of_asking"] = requests.steps_in
    # Who hears that an event changed is known by those who come, who lie below it.
    app.extensions["told_of_event"] = audience.names
    # With whom a guest stays, who reads what the guest needs, is known by hosts, who lie below them.
    app.extensions["hosts_of_guest"] = hosting.hosts_of
    addresses.install(app)
    formats.install(app)
    words.install(app)
    navigation.install(app, PLACES, _banners)
    kept.install(app)
    headers.install(app, under_tls=settings.under_tls)
    errors.install(app)
    for room in ROOMS:
        app.register_blueprint(room)
    return app


def _flask_settings(settings: Settings) -> dict[str, object]:
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": settings.old_secret_keys,
        "SIGNING_KEYS": settings.signing_keys,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_pre_ping": settings.database_url.startswith("postgresql"),
            # What somebody typed is not for the log, where an error would tell it.
            "hide_parameters": True,
        },
        "SESSION_COOKIE_NAME": "__Host-tracker-form" if settings.under_tls else "tracker-form",
        "SESSION_COOKIE_SECURE": settings.under_tls,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,  # the referrer may be missing; web.access looks at Origin and Sec-Fetch-Site
        "MAX_CONTENT_LENGTH": LARGEST_FORM,
        "MAX_FORM_MEMORY_SIZE": LARGEST_FORM,
        "MAX_FORM_PARTS": 1_000,
        "TRUSTED_HOSTS": list(LOOPBACK) if settings.on_loopback else [settings.host],
        "PREFERRED_URL_SCHEME": "https" if settings.under_tls else "http",
    }


def _door(settings: Settings) -> Door:
    def used(sign_in_id: int, now: datetime) -> None:
        db.session.rollback()
        with writing():
            note_use(sign_in_id, now)
            db.session.commit()

    return Door(
        somebody=entrance.signed_in,
        office=organisations.office,
        used=used,
        noted_every=NOTED_EVERY,
        organisations_met=projects.organisations_met,
        people_met=lambda reader: projects.people_met(reader, clock.today(reader.zone)),
        ask_again=ask_again,
        now=clock.now,
        cookie="__Host-tracker" if settings.under_tls else "tracker",
        secure=settings.under_tls,
    )


def _reader_language() -> str:
    """Choose the language of a page: asked for, else the account's, else the browser's, else the office's."""
    if not has_request_context():
        return seen.language if (seen := office()) else "en"
    if (asked := request.args.get("lang")) in LANGUAGES:
        return str(asked)
    if reader := signed_in():
        return reader.language
    seen = office()
    return request.accept_languages.best_match(LANGUAGES) or (seen.language if seen else "en")


def _banners(reader: Somebody) -> Iterable[Banner]:
    """Say to those who look after mail and machine what is wrong; nothing while all is well."""
    if reader.is_administrator:
        yield from _banners_of_backups(reader)
    if not reader.is_coordinator or reader.mail is None:
        return
    seen, stands = office(), reader.mail
    if seen and seen.sending_paused:
        yield Banner("warning", _("Sending is paused: no mail leaves this office."))
    if stands.is_silent:
        yield Banner("danger", _silence(stands), url_for("postbox.index"), _("See the outbox"))
    if stands.troubled:
        words = ngettext(
            "%(num)s message could not be delivered and needs somebody to have a look.",
            "%(num)s messages could not be delivered and need somebody to have a look.",
            stands.troubled,
        )
        yield Banner("warning", words, url_for("postbox.index", troubled="y"), _("See what became of them"))
    if stands.late and not (seen and seen.sending_paused):
        words = ngettext(
            "%(num)s message waits for longer than it should.",
            "%(num)s messages wait for longer than they should.",
            stands.late,
        )
        yield Banner("warning", words, url_for("postbox.index", late="y"), _("See what they wait for"))
    yield from _banners_of_inbox(reader)


def _banners_of_inbox(reader: Somebody) -> Iterable[Banner]:
    settings: Settings = current_app.config["SETTINGS"]
    since = reader.inbox_failing_since
    if settings.reads_mail and since is not None and is_late(since, clock.now()):
        words = _(
            "The mailbox cannot be read since %(moment)s: %(trouble)s",
            moment=formats.moment(since),
            trouble=INBOX_TROUBLES[reader.inbox_trouble or "away"],
        )
        yield Banner("danger", words, url_for("inbox.index"), _("See what came in"))


def _banners_of_backups(reader: Somebody) -> Iterable[Banner]:
    at = reader.backup_at
    if reader.backup_trouble:
        trouble = str(TROUBLES[reader.backup_trouble])
        yield Banner("danger", _("The last backup failed: %(trouble)s", trouble=trouble))
    elif at is not None and is_too_old(at, at, clock.now()):
        words = _("The last backup was made at %(moment)s. Please see to it.", moment=formats.moment(at))
        yield Banner("warning", words)


def _silence(stands: Standing) -> str:
    if stands.last_tick_at is None:
        return _("The worker has never run: no mail leaves and no reminder is planned. Please start it.")
    return _(
        "The worker has been silent since %(moment)s: mail may not leave. Please have a look at it.",
        moment=formats.moment(stands.last_tick_at),
    )
