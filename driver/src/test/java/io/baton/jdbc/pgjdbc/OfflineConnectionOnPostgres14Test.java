package io.baton.jdbc.pgjdbc;

import io.baton.testkit.PostgresVersion;
import io.baton.testkit.junit.PostgresTest;

@PostgresTest(version = PostgresVersion.V14)
class OfflineConnectionOnPostgres14Test extends OfflineConnectionTest {}
