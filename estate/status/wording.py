"""Says facts and rows in words, English or Turkish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from estate.status.shapes import Fact, Light, Row

Words = tuple[str, str]
LANGUAGES = ("en", "tr")

FACTS: Mapping[str, Words] = {
    "planned": ("planned: it does not exist yet", "planlandı: henüz yok"),
    "none_declared": ("none declared", "bildirilen yok"),
    "unmeasured": ("not measured: Prometheus told nothing", "ölçülmedi: Prometheus bir şey söylemedi"),
    "alert": ("{alert}: {summary}", "{alert}: {summary}"),
    "pending": ("{alert} (not told yet): {summary}", "{alert} (henüz bildirilmedi): {summary}"),
    "unwatched": ("nobody evaluates {alert}", "{alert} uyarısı değerlendirilmiyor"),
    "quiet": ("{count} alerts watch and are quiet", "{count} uyarı izliyor, hiçbiri çalmıyor"),
    "measured": ("{metric} is measured", "{metric} ölçülüyor"),
    "absent": ("{metric}: not measured", "{metric}: ölçülmedi"),
    "undated": ("{metric}: how old it is nobody tells", "{metric}: ne kadar eski olduğu bilinmiyor"),
    "stale": ("{metric} stands still", "{metric} güncellenmiyor"),
    "backup": ("backup {job}", "{job} yedeği"),
    "backup_never": ("backup {job}: there was never a good one", "{job} yedeği: hiç başarılı olmadı"),
    "backup_unknown": ("backup {job}: not measured", "{job} yedeği: ölçülmedi"),
    "envelope": ("envelope of {job} opens its repository", "{job} zarfı depoyu açıyor"),
    "envelope_old": ("envelope of {job}: not tried lately", "{job} zarfı: yakında sınanmadı"),
    "envelope_never": ("envelope of {job}: never tried", "{job} zarfı: hiç sınanmadı"),
    "envelope_failed": ("envelope of {job} does not open its repository", "{job} zarfı depoyu açmıyor"),
    "drill": ("drill {drill} passed", "{drill} tatbikatı başarılı"),
    "drill_overdue": (
        "drill {drill} passed, the next is overdue",
        "{drill} tatbikatı başarılı, yenisi gecikti",
    ),
    "drill_missed": (
        "drill {drill} is late, and its window went by",
        "{drill} tatbikatı gecikti, ayrılan zaman da kaçırıldı",
    ),
    "drill_unknown": ("drill {drill}: not measured", "{drill} tatbikatı: ölçülmedi"),
    "drill_never": ("drill {drill} was never held", "{drill} tatbikatı hiç yapılmadı"),
    "drill_failed": ("drill {drill}: {result}", "{drill} tatbikatı: {result}"),
    "no_watchdog": ("the alert that always fires is silent", "hep çalan uyarı susmuş"),
    "alertmanager_silent": (
        "Alertmanager does not answer: who is told is not known",
        "Alertmanager yanıt vermiyor: kime haber verildiği bilinmiyor",
    ),
    "unanswered": ("{server} does not answer: {why}", "{server} yanıt vermiyor: {why}"),
    "evaluates": ("Prometheus evaluates {alert}", "Prometheus {alert} uyarısını değerlendiriyor"),
    "beat": ("Alertmanager gets {alert}", "{alert} uyarısı Alertmanager'a ulaşıyor"),
    "beat_lost": ("{alert} no longer reaches Alertmanager", "{alert} uyarısı artık Alertmanager'a ulaşmıyor"),
    "beat_muted": (
        "somebody silenced {alert}, which is to fire always",
        "hep çalması gereken {alert} uyarısını biri susturmuş",
    ),
    "held_back": ("{count} alerts are held back", "{count} uyarı bekletiliyor"),
    "delivers": ("{count} alerts watch, none is held back", "{count} uyarı izliyor, hiçbiri bekletilmiyor"),
    "drift": ("{host}: {state}", "{host}: {state}"),
    "drift_host": (
        "{host}: {state}, {beside} tasks cannot be verified",
        "{host}: {state}, {beside} iş doğrulanamıyor",
    ),
    "drift_old": ("{host}: {state}, not looked at lately", "{host}: {state}, yakında bakılmadı"),
    "drift_unknown": ("{host}: not measured", "{host}: ölçülmedi"),
    "switch_down": ("{host} did not answer", "{host} yanıt vermedi"),
    "run": ("{kind}: {result}", "{kind}: {result}"),
    "run_old": ("{kind}: {result}, not lately", "{kind}: {result}, yakında değil"),
    "run_long": ("{kind}: runs for too long", "{kind}: çok uzun süredir çalışıyor"),
    "run_unread": ("{kind}: the newest record cannot be read", "{kind}: en yeni kayıt okunamıyor"),
    "run_never": ("{kind}: no run on record", "{kind}: kayıtlı çalıştırma yok"),
    "no_pipeline": ("no run on record", "kayıtlı çalıştırma yok"),
    "pipeline_long": ("{run}: runs for too long", "{run}: çok uzun süredir çalışıyor"),
    "pipeline": ("{run}: {result}", "{run}: {result}"),
    "lock_free": ("free", "boş"),
    "lock_held": ("{who} holds it, run {run}", "{who} tutuyor, çalıştırma {run}"),
    "lock_left": ("left by a killed run of {who}, {run}", "{who} tarafından yarıda bırakıldı, {run}"),
    "ahead": ("{what}: its time is still to come", "{what}: zamanı gelecekte"),
    "refused": ("refused: {why}", "reddedildi: {why}"),
    "undeclared": ("{subject}: what is declared cannot be read", "{subject}: bildirim okunamıyor"),
    "unread": ("{file} cannot be read", "{file} okunamıyor"),
}
"""What each fact says; a test holds that every one that is made stands here."""

SIDES: Mapping[str, Words] = {
    "alerts": ("Other alerts", "Diğer uyarılar"),
    "drift": ("Drift of hosts", "Sunucularda sapma"),
    "switches": ("Drift of switches", "Anahtarlarda sapma"),
    "runs": ("Newest runs", "Son çalıştırmalar"),
    "pipeline": ("Pipeline", "Boru hattı"),
    "backups": ("Backups", "Yedekler"),
    "drills": ("Drills", "Tatbikatlar"),
    "lock": ("Lock", "Kilit"),
    "records": ("Records", "Kayıtlar"),
    "declared": ("What is declared", "Bildirilenler"),
}
LIGHTS: Mapping[Light, Words] = {
    "red": ("red", "kırmızı"),
    "unknown": ("not measured", "ölçülmedi"),
    "yellow": ("yellow", "sarı"),
    "green": ("green", "yeşil"),
    "none": ("-", "-"),
}
UNITS: tuple[tuple[int, Words], ...] = ((86400, ("d", "gün")), (3600, ("h", "sa")), (60, ("min", "dk")))


def fact(one: Fact, language: str) -> str:
    """Says one fact."""
    return FACTS[one.what][LANGUAGES.index(language)].format_map(dict(one.values))


def name(row: Row, language: str) -> str:
    """Gives the name of a row; a service has one of its own."""
    return row.name or SIDES[row.id][LANGUAGES.index(language)]


def light(one: Light, language: str) -> str:
    """Says a light."""
    return LIGHTS[one][LANGUAGES.index(language)]


def age(at: datetime | None, now: datetime, language: str) -> str:
    """Says how old something is, in its largest unit; empty when that is not known."""
    if at is None:
        return ""
    seconds = max(0, int((now - at).total_seconds()))
    for size, unit in UNITS:
        if seconds >= 2 * size:
            return f"{seconds // size} {unit[LANGUAGES.index(language)]}"
    return f"{seconds} s" if language == "en" else f"{seconds} sn"
