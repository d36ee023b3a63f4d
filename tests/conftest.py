"""What every test shares: one event loop, and an environment without anybody's credentials or proxies."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Run on asyncio, as the server does."""
    return "asyncio"
