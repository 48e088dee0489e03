"""An event loop for one test."""

import asyncio
import gc


def run(test):
    """Run a coroutine in a fresh loop; whatever the loop complains of fails it."""
    complaints = []

    async def main():
        asyncio.get_running_loop().set_exception_handler(
            lambda __, context: complaints.append(context)
        )
        await asyncio.wait_for(test(), 15)
        gc.collect()

    asyncio.run(main())
    assert complaints == []
