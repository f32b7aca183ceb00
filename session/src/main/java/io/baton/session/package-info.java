/**
 * What a session is: what SQL does to it, its tracked state, and how it is rebuilt on another
 * server.
 */
@NullMarked
package io.baton.session;

import org.jspecify.annotations.NullMarked;
