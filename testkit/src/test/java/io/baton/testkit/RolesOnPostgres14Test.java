package io.baton.testkit;

import io.baton.testkit.junit.PostgresTest;
import org.junit.jupiter.api.Tag;

@PostgresTest(version = PostgresVersion.V14, standbys = 2, synchronous = true)
@Tag("campaign")
class RolesOnPostgres14Test extends RolesTest {}
