/* What a parameter's pattern says of how its values sound. */
#ifndef TUI_SPOKEN_SHAPE_H
#define TUI_SPOKEN_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

/* "^[A-Z]{3}-?[0-9]{3}$" is "???###", as vocabulary.h has shapes, into shape of size bytes. False for
 * patterns that leave open how long their values are, that have alternatives, or that are too long. */
bool spoken_shape(const char *pattern, char *shape, size_t size);

#endif
