/* Variances are diagonal, so that each row of a stream's transform solves a system of its own (Leggetter and
 * Woodland, section 3). */
#include "audio/regression.h"

#define ROW TRANSFORM_ROW

#define ONE(d) [d] = {[d] = 1}
#define ONES                                                                                                 \
	{                                                                                                    \
		ONE(0), ONE(1), ONE(2), ONE(3), ONE(4), ONE(5), ONE(6), ONE(7), ONE(8), ONE(9), ONE(10),     \
			ONE(11), ONE(12)                                                                     \
	}
const struct transform transform_identity = {{ONES, ONES, ONES}};

static void extended(double row[ROW], const float *mean)
{
	for (size_t i = 0; i < STREAM_LEN; i++)
		row[i] = (double)mean[i];
	row[STREAM_LEN] = 1;
}

void evidence_add_gaussian(struct evidence *evidence, size_t stream, const float *mean,
	const float *precision, const float *sound, double share)
{
	double row[ROW];

	extended(row, mean);
	for (size_t d = 0; d < STREAM_LEN; d++)
		for (size_t i = 0; i < ROW; i++) {
			double weighted = share * (double)precision[d] * row[i];

			evidence->of_sound[stream][d][i] += weighted * (double)sound[d];
			for (size_t j = 0; j < ROW; j++)
				evidence->of_means[stream][d][i][j] += weighted * row[j];
		}
}

void evidence_add(struct evidence *sum, const struct evidence *evidence, double times)
{
	sum->frames += times * evidence->frames;
	for (size_t stream = 0; stream < STREAMS; stream++)
		for (size_t d = 0; d < STREAM_LEN; d++)
			for (size_t i = 0; i < ROW; i++) {
				sum->of_sound[stream][d][i] += times * evidence->of_sound[stream][d][i];
				for (size_t j = 0; j < ROW; j++)
					sum->of_means[stream][d][i][j] +=
						times * evidence->of_means[stream][d][i][j];
			}
}

/* By elimination: the matrix is symmetric and positive definite. It is spoilt; row becomes the solution. */
static void solve(double matrix[ROW][ROW], double row[ROW])
{
	for (size_t i = 0; i < ROW; i++)
		for (size_t j = i + 1; j < ROW; j++) {
			double factor = matrix[j][i] / matrix[i][i];

			for (size_t k = i; k < ROW; k++)
				matrix[j][k] -= factor * matrix[i][k];
			row[j] -= factor * row[i];
		}
	for (size_t i = ROW; i-- > 0;) {
		for (size_t j = i + 1; j < ROW; j++)
			row[i] -= matrix[i][j] * row[j];
		row[i] /= matrix[i][i];
	}
}

void transform_solve(struct transform *transform, const struct evidence *evidence,
	const struct evidence *prior, double prior_frames, const struct transform *towards)
{
	double matrix[ROW][ROW];

	for (size_t stream = 0; stream < STREAMS; stream++)
		for (size_t d = 0; d < STREAM_LEN; d++) {
			double *row = transform->rows[stream][d];

			for (size_t i = 0; i < ROW; i++) {
				row[i] = evidence->of_sound[stream][d][i];
				for (size_t j = 0; j < ROW; j++) {
					double weight = prior_frames * prior->of_means[stream][d][i][j];

					matrix[i][j] = evidence->of_means[stream][d][i][j] + weight;
					row[i] += weight * towards->rows[stream][d][j];
				}
			}
			solve(matrix, row);
		}
}

void transform_mean(const struct transform *transform, size_t stream, const float *mean, float *moved)
{
	double row[ROW];

	extended(row, mean);
	for (size_t d = 0; d < STREAM_LEN; d++) {
		double sum = 0;

		for (size_t i = 0; i < ROW; i++)
			sum += transform->rows[stream][d][i] * row[i];
		moved[d] = (float)sum;
	}
}
