"""APIs on Google Cloud."""

from support.terraform.stacks import Json


def test_each_api_is_switched_on_once_and_stays_on(prod: dict[str, Json]) -> None:
    apis = [v for a, v in prod.items() if a.startswith("google_project_service.")]
    assert len({api["service"] for api in apis}) == len(apis) >= 14
    assert all(api["disable_on_destroy"] is False for api in apis)
