/**
 * What Liquibase needs to take a URL of Baton; loaded by Liquibase alone, and by nobody where it is
 * not on the class path.
 */
@NullMarked
package io.baton.integration.liquibase;

import org.jspecify.annotations.NullMarked;
