"""A firm's script, as it was written for the cloud: Voximplant's own client sets, gets, lists and
deletes orders. Nothing but the endpoint and the credentials file is the box's.

Usage: platform_client.py ENDPOINT CREDENTIALS
"""

import json
import sys
import time

from voximplant.apiclient import VoximplantAPI, VoximplantException

APPLICATION_ID = 1
VALUE = json.dumps({"courier": "61255501111", "client": "61255502222"})


def refused(call, *words):
    try:
        call()
    except VoximplantException as error:
        text = str(error)
        assert all(word in text for word in words), text
        assert "555" not in text, text
    else:
        raise AssertionError("it was not refused")


def main(endpoint, credentials):
    api = VoximplantAPI(credentials, endpoint=endpoint)
    before = int(time.time())
    stored = api.set_key_value_item("12345", VALUE, APPLICATION_ID, ttl=864000)["result"]
    assert stored["key"] == "12345" and stored["value"] == VALUE, stored
    assert abs(stored["expires_at"] - before - 864000) < 60, stored
    assert api.get_key_value_item("12345", APPLICATION_ID)["result"] == stored
    at = before + 3600
    other = api.set_key_value_item("12399", VALUE, APPLICATION_ID, expires_at=at)["result"]
    assert other["expires_at"] == at, other
    api.set_key_value_item("77777", VALUE, APPLICATION_ID)
    items = api.get_key_value_items("123", APPLICATION_ID, count=10)["result"]
    assert items == [stored, other], items
    keys = api.get_key_value_keys(APPLICATION_ID, count=2, offset=1)["result"]
    assert [row["key"] for row in keys] == ["12399", "77777"], keys
    assert api.del_key_value_item("12345", APPLICATION_ID)["result"] == 1
    refused(lambda: api.get_key_value_item("12345", APPLICATION_ID), "not found")
    refused(lambda: api.set_key_value_item("a:b", VALUE, APPLICATION_ID), "key", "orders")
    refused(lambda: api.set_key_value_item("1", "some text", APPLICATION_ID), "value", "courier")
    refused(lambda: api.set_key_value_item("1", VALUE, APPLICATION_ID, ttl=-1), "ttl")
    print("ok")


if __name__ == "__main__":
    main(*sys.argv[1:])
