package io.baton.testkit;

import io.baton.testkit.junit.PostgresTest;

@PostgresTest(version = PostgresVersion.V18, standbys = 2, synchronous = true)
class RolesOnPostgres18Test extends RolesTest {}
