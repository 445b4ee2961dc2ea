"""One message to the people who run the house: to the address in the settings, as chats take it, or to the log."""

from __future__ import annotations

import logging

import aiohttp

from forge.client import TIMEOUT_S
from forge.errors import GitHubError

log = logging.getLogger(__name__)


async def tell(url: str, words: str) -> bool:
    """POST {"text": words}; without an address the log has it. Raises GitHubError when nobody takes it."""
    if not url:
        log.critical("operators %s", words)
        return False
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session,
            session.post(url, json={"text": words}) as answer,
        ):
            answer.raise_for_status()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise GitHubError(f"the operators' address does not answer ({type(error).__name__})") from error
    return True
