"""``ofrenda serve`` opens the telephone door where it was switched on, and only then."""

from __future__ import annotations

import socket

import httpx
import pytest
from conftest import NOW
from phone_company import Company

from ofrenda.call import Switchboard
from ofrenda.call.phone import CompanyName, switch_on
from ofrenda.cli.serve import phone_door, phone_port
from ofrenda.clock import SystemClock
from ofrenda.engines.scripted import scripted_engines
from ofrenda.errors import PortInUse
from ofrenda.measure.browser_call import free_port
from ofrenda.settings import Settings
from ofrenda.vault import Life


async def test_no_port_is_open_while_the_phone_is_off(life: Life) -> None:
    settings = Settings(phone_port=free_port())
    engines, clock = scripted_engines(), SystemClock()
    switchboard = Switchboard(life, engines, clock=clock, max_calls=1)
    with phone_port(life, settings) as phone:
        assert phone is None
        async with phone_door(life, switchboard, engines, phone, clock=clock):
            with socket.socket() as knock:
                assert knock.connect_ex(("127.0.0.1", settings.phone_port)) != 0


async def test_the_door_opens_where_it_was_switched_on_and_closes_with_the_house(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(phone_port=free_port())
    company = Company(CompanyName.PLIVO, settings.phone_port)
    switch_on(life, company.account, "I agree.", NOW)
    engines, clock = scripted_engines(), SystemClock()
    switchboard = Switchboard(life, engines, clock=clock, max_calls=1)
    with phone_port(life, settings) as phone:
        async with phone_door(life, switchboard, engines, phone, clock=clock):
            assert company.stream(await company.announce("+493012345678")) is not None
            with pytest.raises(PortInUse, match="OFRENDA_PHONE_PORT"), phone_port(life, settings):
                pass
    assert "https://phone.example.org/phone/plivo" in capsys.readouterr().out
    with pytest.raises(httpx.ConnectError):
        await company.announce("+493012345678")
