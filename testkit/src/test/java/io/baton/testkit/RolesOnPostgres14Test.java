package io.baton.testkit;

import io.baton.testkit.junit.PostgresTest;

@PostgresTest(version = PostgresVersion.V14, standbys = 2, synchronous = true)
class RolesOnPostgres14Test extends RolesTest {}
