"""Backend of the RxDx demo stack: a small FastAPI application behind the RxDx contract.

It reads the environment variables, answers the addresses and uses the database in the way the
RxDx application does, so that an installation which works with one works with the other.
"""
