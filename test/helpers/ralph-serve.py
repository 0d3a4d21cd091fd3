"""Serves Ralph's API on loopback: ralph-serve.py PORT files|memory."""

import sys

port, storage = int(sys.argv[1]), sys.argv[2]

if storage == "files":
    from ralph.backends.data.base import BaseOperationType
    from ralph.backends.lrs.fs import FSLRSBackend

    # As delivered, it makes the file anew for each request, and so refuses the second one.
    FSLRSBackend.default_operation_type = BaseOperationType.APPEND
else:
    import mongomock
    import pymongo

    # A Mongo that lives in this process: no server, no disk.
    pymongo.MongoClient = mongomock.MongoClient

import uvicorn

uvicorn.run("ralph.api:app", host="127.0.0.1", port=port, log_level="error")
