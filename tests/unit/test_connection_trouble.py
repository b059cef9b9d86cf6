"""What an error tells of the way to a site. The common ones are made by real sites elsewhere."""

from __future__ import annotations

import pytest
import requests

from sg_jira.connection_trouble import network_trouble


@pytest.mark.parametrize(
    ("error", "what", "advice"),
    [
        (TimeoutError("The read operation timed out"), "no answer in time", "firewall"),
        (requests.ReadTimeout("read timed out"), "no answer in time", "firewall"),
        (requests.exceptions.ProxyError("407"), "the proxy does not let us through", "proxy"),
        (OSError(113, "No route to host"), "No route to host", "network"),
        (requests.ConnectionError("Connection aborted."), "no connection", "network"),
    ],
)
def test_the_way_and_what_to_do_about_it(error: Exception, what: str, advice: str) -> None:
    found = network_trouble("Jira", error)

    assert found is not None
    assert found.what == what
    assert advice in found.remedy


@pytest.mark.parametrize(
    "error", [RuntimeError("no field"), requests.exceptions.InvalidURL("http://"), KeyError("x")]
)
def test_what_is_not_about_the_way_is_not_told_as_such(error: Exception) -> None:
    assert network_trouble("Jira", error) is None
