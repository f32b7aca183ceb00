package io.baton.engine;

import java.sql.Connection;

/** A COMMIT that writes what is to be written for it in the same round trip. */
interface Committing extends Execution<Connection, Boolean> {}
