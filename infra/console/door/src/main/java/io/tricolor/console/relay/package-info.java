/** The API of the services, with the token of who is logged in. */
@NullMarked
package io.tricolor.console.relay;

import org.jspecify.annotations.NullMarked;
