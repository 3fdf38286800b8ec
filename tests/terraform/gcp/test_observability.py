"""Alarms on Google Cloud."""

from support.terraform.stacks import Json


def test_the_owners_hear_when_the_ledger_is_short_of_anything_or_silent(prod: dict[str, Json]) -> None:
    channel = prod["google_monitoring_notification_channel.alarms_1"]
    assert channel["labels"] == {"email_address": "platform@quantacirc.example"}
    alarms = {a: v for a, v in prod.items() if a.startswith("google_monitoring_alert_policy.")}
    assert alarms.keys() == {f"google_monitoring_alert_policy.ledger_{m}" for m in ("cpu", "memory", "disk")}
    for alarm in alarms.values():
        condition = alarm["conditions"][0]["condition_threshold"]
        assert 'database_id = "quantacirc-prod:quantacirc-prod-ledger"' in condition["filter"]
        assert condition["evaluation_missing_data"] == "EVALUATION_MISSING_DATA_ACTIVE"
        assert alarm["notification_channels"] == ["${google_monitoring_notification_channel.alarms_1.name}"]
