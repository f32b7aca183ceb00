/**
 * What Flyway needs to take a URL of Baton; loaded by Flyway alone, and by nobody where it is not
 * on the class path.
 */
@NullMarked
package io.baton.integration.flyway;

import org.jspecify.annotations.NullMarked;
